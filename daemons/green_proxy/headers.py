# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which headers pass, and which belong to one connection alone (RFC 9110, section 7.6.1)."""

from __future__ import annotations

from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

REQUEST_ID = b"x-green-request-id"
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)


def value_of(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """The first value of a header; the name is in lower case."""
    for key, value in headers:
        if key == name or (len(key) == len(name) and key.lower() == name):
            return value
    return None


def text_of(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    value = value_of(headers, name)
    return None if value is None else value.decode("latin-1")


def end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """What passes: all but the hop-by-hop headers and those that Connection names; order and doubles stay."""
    headers = list(headers)
    dropped = set(HOP_BY_HOP)
    for name, value in headers:
        if name.lower() == b"connection":
            dropped.update(token.strip().lower() for token in value.split(b","))
        elif name.lower() == b"transfer-encoding":
            # RFC 9112, section 6.3: it overrides a length, which must not be passed on beside it.
            dropped.add(b"content-length")
    return [(name, value) for name, value in headers if name.lower() not in dropped]


def to_upstream(headers: Headers, *, host: bytes, request_id: str) -> Headers:
    """
    The client's headers as the model server gets them.

    Expect is answered here, so it ends here. A request id that a client sends is not trusted.
    """
    ours = (b"host", b"expect", REQUEST_ID)
    passed = [(name, value) for name, value in end_to_end(headers) if name.lower() not in ours]
    return [(b"host", host), *passed, (REQUEST_ID, request_id.encode())]


def to_client(headers: Iterable[tuple[bytes, bytes]], *, request_id: str) -> Headers:
    passed = [(name, value) for name, value in end_to_end(headers) if name.lower() != REQUEST_ID]
    return [*passed, (REQUEST_ID, request_id.encode())]


def without(headers: Headers, *names: bytes) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in names]
