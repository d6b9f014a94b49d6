# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""OPTIONS, and the headers that let a web page read an answer, as the real server sends them."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS"
ALLOWED_HEADERS = "Authorization,Content-Type,User-Agent,Accept,X-Requested-With"


class Origins:
    """Around the application; the checks of origin and host are left to the real one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        origin = Headers(scope=scope).get("origin")

        async def send_with_origin(message: Message) -> None:
            if message["type"] == "http.response.start" and origin is not None:
                MutableHeaders(scope=message)["access-control-allow-origin"] = origin
            await send(message)

        if scope["method"] == "OPTIONS":
            await _allow(send_with_origin, asked=origin is not None)
        else:
            await self._app(scope, receive, send_with_origin)


async def _allow(send: Send, *, asked: bool) -> None:
    names = [(b"access-control-allow-methods", METHODS), (b"access-control-allow-headers", ALLOWED_HEADERS)]
    headers = [(name, value.encode()) for name, value in names] if asked else []
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
