# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Questions to green-telemetry, over HTTP on its live socket."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable

import httpx

CONNECT_S = 2.0


class LiveSocket:
    """The socket at this path; a client is made when there is a first question: most proxies have none."""

    def __init__(self, path: Callable[[], str]) -> None:
        self._path = path
        self._client: httpx.AsyncClient | None = None

    @property
    def path(self) -> str:
        return self._path()

    @contextlib.asynccontextmanager
    async def get(self, target: str, *, read_s: float) -> AsyncGenerator[httpx.Response, None]:
        """An answer that is yet to be read, nothing of it later than `read_s`. Raises httpx.HTTPError."""
        if self._client is None:
            # No TLS on a Unix socket, so no certificates to read.
            # No connection is kept: one to a telemetry that was restarted would cost the next question.
            limits = httpx.Limits(max_keepalive_connections=0)
            transport = httpx.AsyncHTTPTransport(uds=self.path, verify=False, limits=limits)
            self._client = httpx.AsyncClient(transport=transport)
        timeout = httpx.Timeout(read_s, connect=CONNECT_S)
        async with self._client.stream("GET", f"http://localhost{target}", timeout=timeout) as response:
            yield response

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
