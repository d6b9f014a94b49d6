# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How many tokens a prompt has by the size of its request, for those that nobody counts."""

from __future__ import annotations

# English text and JSON around it.
SUPPOSED_TOKENS_PER_BYTE = 0.25
# The last hundred prompts or so.
MEMORY = 0.01
LEAST_BYTES = 100


class PromptSize:
    """Tokens by bytes of a model's prompts: both are added up, and older ones fade."""

    def __init__(self) -> None:
        self._tokens = SUPPOSED_TOKENS_PER_BYTE * LEAST_BYTES
        self._bytes = float(LEAST_BYTES)

    @property
    def tokens_per_byte(self) -> float:
        return self._tokens / self._bytes

    def observe(self, tokens: int, size_bytes: int) -> None:
        """Take in a prompt that the server counted."""
        if size_bytes < LEAST_BYTES:
            return
        self._tokens += tokens - MEMORY * self._tokens
        self._bytes += size_bytes - MEMORY * self._bytes
