# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The headers of the gateway's own answers: what a browser may do with them."""

from __future__ import annotations

import json
from typing import Any

from green_proxy.door.exchange import Exchange
from green_proxy.gateway.files import File
from green_proxy.headers import Headers, value_of

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
).encode()
PAGE: Headers = [
    (b"content-security-policy", POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    # Nothing of these is for another site to embed.
    (b"cross-origin-resource-policy", b"same-origin"),
]
NO_STORE = (b"cache-control", b"no-store")
LASTING = (b"cache-control", b"public, max-age=31536000, immutable")
# Kept, but asked after each time.
CHECKED = (b"cache-control", b"no-cache")
VARY = (b"vary", b"accept-encoding")


def show_file(exchange: Exchange, file: File) -> None:
    headers = [*PAGE, VARY, (b"etag", file.etag), LASTING if file.lasting else CHECKED]
    if value_of(exchange.headers, b"if-none-match") == file.etag:
        exchange.start(304, headers)
        exchange.end()
        return
    headers.append((b"content-type", file.media_type))
    if b"gzip" in (value_of(exchange.headers, b"accept-encoding") or b""):
        _whole(exchange, 200, [*headers, (b"content-encoding", b"gzip")], file.packed)
    else:
        _whole(exchange, 200, headers, file.content)


def show_json(exchange: Exchange, content: Any, more: Headers | None = None) -> None:
    headers = [*PAGE, NO_STORE, (b"content-type", b"application/json"), *(more or ())]
    _whole(exchange, 200, headers, json.dumps(content).encode())


def show_done(exchange: Exchange, more: Headers) -> None:
    """204: done, and nothing to say."""
    exchange.start(204, [*PAGE, NO_STORE, *more])
    exchange.end()


def _whole(exchange: Exchange, status: int, headers: Headers, content: bytes) -> None:
    exchange.start(status, [*headers, (b"content-length", b"%d" % len(content))])
    exchange.write(content)
    exchange.end()
