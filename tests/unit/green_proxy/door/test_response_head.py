# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What of an answer's head reaches the client."""

from __future__ import annotations

import pytest

from green_proxy.door.response_head import passed_lines, status_line
from green_proxy.headers import Headers


def test_headers_pass_as_they_are() -> None:
    """Order, doubles and capitals stay."""
    headers = [(b"Set-Cookie", b"a=1"), (b"x-b", b""), (b"Set-Cookie", b"b=2")]

    assert passed_lines(iter(headers)) == (b"Set-Cookie: a=1\r\nx-b: \r\nSet-Cookie: b=2\r\n", None)


def test_what_belongs_to_the_other_connection_does_not_pass() -> None:
    """Nor what its Connection header names, nor an id that is not ours."""
    headers = [
        (b"Connection", b"keep-alive"),
        (b"Keep-Alive", b"timeout=5"),
        (b"X-Green-Request-Id", b"theirs"),
        (b"Content-Length", b"5"),
        (b"A", b"b"),
    ]

    assert passed_lines(headers) == (b"A: b\r\n", 5)
    assert passed_lines([(b"Connection", b"close, A"), *headers]) == (b"", 5)


def test_a_transfer_coding_overrides_a_length() -> None:
    """RFC 9112, section 6.3."""
    assert passed_lines([(b"Content-Length", b"5"), (b"Transfer-Encoding", b"chunked")]) == (b"", None)


@pytest.mark.parametrize(
    "headers",
    [
        [(b"A", b"b\r\nC: d")],
        [(b"A", b"b\nC: d")],
        [(b"A\r", b"b")],
        [(b"Content-Length", b"five")],
        [(b"Content-Length", b"5"), (b"Content-Length", b"6")],
    ],
)
def test_a_head_that_would_be_read_otherwise_is_a_fault(headers: Headers) -> None:
    """Nobody may write headers through a value."""
    with pytest.raises(ValueError, match="answer"):
        passed_lines(headers)


def test_a_status_without_a_name_is_a_status() -> None:
    """The model server may know more of them than we."""
    assert status_line(499) == b"HTTP/1.1 499 \r\n"
    assert status_line(404) == b"HTTP/1.1 404 Not Found\r\n"
