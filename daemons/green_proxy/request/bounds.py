# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How deep and how large a body is, counted on its bytes before anything is built from them."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from itertools import accumulate

MAX_DEPTH = 128
MAX_VALUES = 2_000_000
_PIECE_BYTES = 64 * 1024
_NO_BACKSLASH = re.compile(rb"[^\\]")
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[{]}"))


@dataclass(frozen=True, slots=True)
class Excess:
    """What is too much in a body, and the byte before which it was seen."""

    status: int
    said: str
    at: int


def excess_of(body: bytes) -> Excess | None:
    """
    None for a body within bounds.

    Small bodies with few brackets, which most are, are seen at once to be within. The rest is counted a
    piece at a time, so that a hostile one ends at its first bad piece and other threads get their turn.
    """
    if len(body) <= _PIECE_BYTES and body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return None
    depth, values, quotes, quoted, start = 0, 1, 0, False, 0
    while start < len(body):
        last = _NO_BACKSLASH.search(body, min(start + _PIECE_BYTES, len(body)) - 1)
        end = last.end() if last else len(body)
        parts = _split_at_quotes(body[start:end])
        bare = b"".join(parts[quoted::2])
        quotes += len(parts) - 1
        quoted = quotes % 2 == 1
        opened = bare.count(b"[") + bare.count(b"{")
        values += opened + bare.count(b",")
        # A value and its key have four quotes at most.
        if values > MAX_VALUES or quotes > 4 * MAX_VALUES:
            return Excess(413, f"holds more than {MAX_VALUES} values", end)
        if depth + opened > MAX_DEPTH and _peak(bare, depth) > MAX_DEPTH:
            return Excess(400, f"is nested more than {MAX_DEPTH} levels deep", end)
        depth += opened - bare.count(b"]") - bare.count(b"}")
        start = end
    return None


def _split_at_quotes(piece: bytes) -> list[bytes]:
    """What stands within strings and outside of them, in turn; escaped quotes are none."""
    if b"\\" in piece:
        piece = piece.replace(b"\\\\", b"").replace(b'\\"', b"")
    return piece.split(b'"')


def _peak(bare: bytes, depth: int) -> int:
    steps = array("b", bare.translate(_STEPS, _NO_BRACKETS))
    return max(accumulate(steps, initial=depth))
