# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The simulation's rule for tokens: four characters are one token, in prompts and in answers."""

from __future__ import annotations

CHARACTERS_PER_TOKEN = 4


def count_tokens(text: str) -> int:
    """Tokens of a text; a started token counts."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def token(text: str, index: int) -> str:
    """The token at a position."""
    return text[index * CHARACTERS_PER_TOKEN : (index + 1) * CHARACTERS_PER_TOKEN]


def shared_prefix_tokens(left: str, right: str) -> int:
    """Whole tokens that two texts have in common from their start."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low // CHARACTERS_PER_TOKEN
