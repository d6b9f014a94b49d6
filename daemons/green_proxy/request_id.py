# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Ids of requests and generations: 26 characters that sort by time."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator

# Crockford's alphabet: no letter that can be taken for a digit.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
CHARACTERS = 26
RANDOM_CHARACTERS = 16
_BITS = 5
_TIME_PLACES = range(_BITS * (CHARACTERS - RANDOM_CHARACTERS - 1), -1, -_BITS)
_AT_ONCE = 256
# Of each random byte the lowest five bits count.
_LETTER_OF_BYTE = ALPHABET.encode() * (256 >> _BITS)


def new_id(now_s: float) -> str:
    """48 bits of Unix time in milliseconds, then 80 random bits."""
    return _time_part(int(now_s * 1000)) + next(_random_parts)


@functools.lru_cache(maxsize=1)
def _time_part(now_ms: int) -> str:
    return "".join([ALPHABET[now_ms >> place & 31] for place in _TIME_PLACES])


def _draw() -> Iterator[str]:
    """One system call for many ids."""
    while True:
        letters = os.urandom(RANDOM_CHARACTERS * _AT_ONCE).translate(_LETTER_OF_BYTE).decode()
        for start in range(0, len(letters), RANDOM_CHARACTERS):
            yield letters[start : start + RANDOM_CHARACTERS]


_random_parts = _draw()
