# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Ids of requests and generations: 26 characters that sort by time."""

from __future__ import annotations

import os

# Crockford's alphabet: no letter that can be taken for a digit.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
CHARACTERS = 26
RANDOM_BITS = 80
# Two characters at a time: half the steps for what every request needs twice.
_PAIR_BITS = 10
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_PLACES = range(_PAIR_BITS * (CHARACTERS // 2 - 1), -1, -_PAIR_BITS)


def new_id(now_s: float) -> str:
    """48 bits of Unix time in milliseconds, then 80 random bits."""
    return encode(int(now_s * 1000) << RANDOM_BITS | int.from_bytes(os.urandom(RANDOM_BITS // 8), "big"))


def encode(number: int) -> str:
    return "".join([_PAIRS[number >> place & 1023] for place in _PLACES])
