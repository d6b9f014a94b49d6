# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""httpx as the interface for control calls, over the same connections as everything else."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from green_proxy.fault import Fault, UpstreamLost
from green_proxy.headers import Headers
from green_proxy.upstream.answer import Flow
from green_proxy.upstream.limits import Limits

if TYPE_CHECKING:
    from green_proxy.upstream.server import Upstream

CONNECT_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Asking:
    """How long a control call may take in all, and how large its answer may be."""

    timeout_s: float = math.inf
    max_bytes: int = 64 << 20


class PoolTransport(httpx.AsyncBaseTransport):
    """Reads each answer whole, since nothing that the proxy asks for itself is worth a stream."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The request's extension `asking` sets its limits."""
        asking: Asking = request.extensions.get("asking", Asking())
        body = await request.aread()
        whole = Whole(request, asking)
        headers = [(name.lower(), value) for name, value in request.headers.raw]
        limits = Limits(connect_s=min(asking.timeout_s, CONNECT_TIMEOUT_S))
        try:
            await self._upstream.send(
                request.method, request.url.raw_path, headers, body or None, whole, limits
            )
        except Fault as fault:
            raise httpx.ConnectError(fault.text, request=request) from fault
        except UpstreamLost as lost:
            raise httpx.ReadError(str(lost), request=request) from lost
        finally:
            whole.stop()
        return whole.response()


class Whole:
    """An answer that is collected."""

    def __init__(self, request: httpx.Request, asking: Asking) -> None:
        self._request = request
        self._asking = asking
        self._loop = asyncio.get_running_loop()
        self._asked_s = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._flow: Flow | None = None
        self._status = 0
        self._headers: Headers = []
        self._body = bytearray()

    def begin(self, flow: Flow) -> None:
        self._flow = flow
        if self._asking.timeout_s < math.inf:
            self._timer = self._loop.call_at(self._asked_s + self._asking.timeout_s, self._too_late)

    def head(self, status: int, headers: Headers) -> None:
        self._status = status
        self._headers = headers

    def chunk(self, data: bytes) -> None:
        self._body += data
        if len(self._body) > self._asking.max_bytes:
            raise httpx.ReadError(f"more than {self._asking.max_bytes} bytes", request=self._request)

    def end(self) -> None:
        self.stop()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def response(self) -> httpx.Response:
        stream = httpx.ByteStream(bytes(self._body))
        return httpx.Response(self._status, headers=self._headers, stream=stream, request=self._request)

    def _too_late(self) -> None:
        if self._flow is not None:
            text = f"no whole answer within {self._asking.timeout_s:g} s"
            self._flow.abort(httpx.ReadTimeout(text, request=self._request))
