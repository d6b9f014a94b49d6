# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The status line and the headers of an answer, without those that belong to one connection."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from green_proxy.headers import HOP_BY_HOP, REQUEST_ID, end_to_end

CLOSE = b"Connection: close\r\n"
KEEP_ALIVE = b"Connection: keep-alive\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"

_STATUS_LINES = {
    status.value: b"HTTP/1.1 %d %b\r\n" % (status.value, status.phrase.encode()) for status in HTTPStatus
}
_WATCHED = frozenset({*HOP_BY_HOP, b"content-length", REQUEST_ID})
# What Connection may say without naming a header that has to be dropped too.
_NAMES_NO_HEADER = frozenset({b"close", b"keep-alive"})


def status_line(status: int) -> bytes:
    return _STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status


def passed_lines(headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, int | None]:
    """
    The lines of all headers that pass, and the length of the body if one of them says it.

    Raises ValueError where a header would be several lines, or the length none.
    """
    headers = headers if isinstance(headers, list) else list(headers)
    lines: list[bytes] = []
    length: bytes | None = None
    transfer_coded = False
    for name, value in headers:
        key = name.lower()
        if key not in _WATCHED:
            lines.append(b"%b: %b\r\n" % (name, value))
        elif key == b"content-length":
            length = _same(length, value)
        elif key == b"transfer-encoding":
            transfer_coded = True
        elif key == b"connection" and value.lower() not in _NAMES_NO_HEADER:
            return passed_lines(end_to_end(headers))
    passed = b"".join(lines)
    if passed.count(b"\n") != len(lines) or passed.count(b"\r") != len(lines):
        raise ValueError("a header of an answer has a line break in it")
    # RFC 9112, section 6.3: a transfer coding overrides a length.
    return passed, None if length is None or transfer_coded else int(length)


def _same(before: bytes | None, value: bytes) -> bytes:
    if not value.isdigit() or before not in (None, value):
        raise ValueError("an answer's Content-Length is no number, or several")
    return value
