# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Ids of requests and generations: 26 characters that sort by time."""

from __future__ import annotations

import secrets

# Crockford's alphabet: no letter that can be taken for a digit.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
CHARACTERS = 26
RANDOM_BITS = 80


def new_id(now_s: float) -> str:
    """48 bits of Unix time in milliseconds, then 80 random bits."""
    return encode(int(now_s * 1000) << RANDOM_BITS | secrets.randbits(RANDOM_BITS))


def encode(number: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(CHARACTERS)))
