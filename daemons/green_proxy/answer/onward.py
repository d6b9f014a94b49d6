# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The headers of a generation request as the model server gets them."""

from __future__ import annotations

from green_proxy.door.exchange import Exchange
from green_proxy.door.gate import same_origin
from green_proxy.headers import HOP_BY_HOP, REQUEST_ID, Headers, text_of

# Host, Expect and the lengths are ours; its answer has to be readable to be counted.
_OURS = HOP_BY_HOP | {b"host", b"expect", b"content-length", b"accept-encoding", REQUEST_ID}


def onward_headers(exchange: Exchange, host: bytes, body_bytes: int) -> Headers:
    """All end-to-end headers of the client, in their order; the body is whole, so it has a length."""
    dropped: frozenset[bytes] | set[bytes] = _OURS
    for name, value in exchange.headers:
        if name == b"connection":
            dropped = dropped | {token.strip().lower() for token in value.split(b",")}
        elif name == b"origin" and _is_same_origin(exchange, value):
            # Host is the model server's now, which would make the page's own origin look foreign.
            dropped = dropped | {b"origin"}
    return [
        (b"host", host),
        *(header for header in exchange.headers if header[0] not in dropped),
        (b"accept-encoding", b"identity"),
        (b"content-length", b"%d" % body_bytes),
        (REQUEST_ID, exchange.id.encode()),
    ]


def _is_same_origin(exchange: Exchange, origin: bytes) -> bool:
    return same_origin(text_of(exchange.headers, b"host") or "", origin.decode("latin-1"))
