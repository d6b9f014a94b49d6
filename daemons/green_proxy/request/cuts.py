# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Long base64 texts, cut out of a body before it is parsed and put back when it is written.

An image is most of a large body and says nothing that the proxy reads. Parsing one of 60 MiB holds the
interpreter for 130 ms, writing it for 350 ms. Its stand-in is named by its digest, so that equal images
still compare equal.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from collections.abc import Iterator

# Any run of this length without a quote is looked at, so that all runs of twice the length are found.
PROBE_BYTES = 16 * 1024
_PIECE_BYTES = 1 << 20
_BASE64 = (string.ascii_letters + string.digits + "+/-_=").encode()
_DATA_URL = re.compile(rb"data:[A-Za-z0-9.+/;=-]{0,100},")
# Secret, so that no client can write a stand-in.
_MARK = b"green-cut-" + secrets.token_hex(16).encode() + b"-"
_MARKS = re.compile(b"(" + _MARK + rb"[0-9a-f]{64})")

Cuts = dict[bytes, memoryview]


def cut(body: bytes) -> tuple[bytes, Cuts]:
    """The body with stand-ins, and what each stands for."""
    view, kept = memoryview(body), 0
    cuts: Cuts = {}
    parts: list[bytes | memoryview] = []
    for start, end in _long_texts(body):
        mark = _stand_in(view[start:end])
        if mark is not None:
            cuts[mark] = view[start:end]
            parts += (view[kept:start], mark)
            kept = end
    return (b"".join((*parts, view[kept:])), cuts) if cuts else (body, cuts)


def restore(body: bytes, cuts: Cuts) -> bytes:
    if not cuts:
        return body
    return b"".join(cuts.get(part, part) for part in _MARKS.split(body))


def place_in_original(body: bytes, at: int, cuts: Cuts) -> int:
    """Where a byte of a cut body stands in the body as it came."""
    return at + sum(len(cuts[mark]) - len(mark) for mark in _MARKS.findall(body[:at]) if mark in cuts)


def _long_texts(body: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of what stands between two quotes that are far apart."""
    at, kept = 0, 0
    while at < len(body):
        if body.find(b'"', at, at + PROBE_BYTES) >= 0:
            at += PROBE_BYTES
            continue
        start, end = body.rfind(b'"', kept, at) + 1, body.find(b'"', at)
        if end < 0:
            return
        if start > 0:
            yield start, end
        at = kept = end


def _stand_in(text: memoryview) -> bytes | None:
    """None for what is no base64. In pieces, so that no other thread waits for long."""
    digest, head = hashlib.sha256(), _DATA_URL.match(text[:128])
    for start in range(head.end() if head else 0, len(text), _PIECE_BYTES):
        if bytes(text[start : start + _PIECE_BYTES]).translate(None, _BASE64):
            return None
    for start in range(0, len(text), _PIECE_BYTES):
        digest.update(text[start : start + _PIECE_BYTES])
    return _MARK + digest.hexdigest().encode()
