# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The reverse proxy that one writes with Starlette and httpx as they come, to compare with."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from typing import TypedDict

import httpx
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

UPSTREAM = os.environ.get("UPSTREAM", "http://127.0.0.1:11434")
HOP_BY_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "host"}


class State(TypedDict):
    """What the application's life holds."""

    client: httpx.AsyncClient


@contextlib.asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[State]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=UPSTREAM, timeout=None, limits=limits) as client:  # noqa: S113
        yield {"client": client}


async def forward(request: Request) -> StreamingResponse:
    client: httpx.AsyncClient = request.state.client
    asked = client.build_request(
        request.method,
        request.url.path,
        headers=[(name, value) for name, value in request.headers.items() if name not in HOP_BY_HOP],
        content=request.stream(),
    )
    answer = await client.send(asked, stream=True)
    headers = {name: value for name, value in answer.headers.items() if name not in HOP_BY_HOP}
    close = BackgroundTask(answer.aclose)
    return StreamingResponse(answer.aiter_raw(), answer.status_code, headers, background=close)


app = Starlette(routes=[Route("/{path:path}", forward, methods=["GET", "POST"])], lifespan=lifespan)
