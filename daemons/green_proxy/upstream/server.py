# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The model server: sends it requests, and knows whether it can be reached."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx

from green_common.logs import get_log
from green_proxy.fault import Fault
from green_proxy.headers import Headers

# Below the 5 s after which llama-server and others close an idle connection, so that no request meets that.
KEEP_IDLE_S = 2.0
MAX_IDLE_CONNECTIONS = 256
ASK_TIMEOUT_S = 2.0
TLS_PORT, PLAIN_PORT = 443, 80


class Body(httpx.AsyncByteStream):
    """A request's bytes, as they come."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            yield chunk


class Upstream:
    """
    One model server behind an httpx transport.

    The hot path speaks to the transport, since a client on top of it would add headers, keep cookies and
    follow redirects; control calls use a client on the same transport.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        parts = urlsplit(self.url)
        self.hostname = parts.hostname or ""
        self.port = parts.port or (TLS_PORT if parts.scheme == "https" else PLAIN_PORT)
        self.host = parts.netloc.rpartition("@")[2].encode()
        self.trouble: str | None = None
        self._prefix = parts.path.encode()
        self._url = httpx.URL(self.url)
        self._transport = httpx.AsyncHTTPTransport(
            verify=parts.scheme == "https",
            trust_env=False,
            retries=1,
            limits=httpx.Limits(
                max_connections=None,
                max_keepalive_connections=MAX_IDLE_CONNECTIONS,
                keepalive_expiry=KEEP_IDLE_S,
            ),
        )
        self._client = httpx.AsyncClient(
            transport=self._transport, base_url=self.url, trust_env=False, timeout=ASK_TIMEOUT_S
        )

    async def send(
        self, method: str, target: bytes, headers: Headers, *, body: Body, connect_timeout_s: float
    ) -> httpx.Response:
        """
        Forward one request and return once the answer's head is here; close the response's stream after it.

        Raises Fault where the server can't be reached, or goes before it answers. There is no limit on the
        wait for an answer: a cold load takes minutes.
        """
        extensions = {
            "timeout": {"connect": connect_timeout_s, "read": None, "write": None, "pool": None},
            # Byte for byte what the client asked for; httpx would quote it anew.
            "target": self._prefix + target,
        }
        request = httpx.Request(method, self._url, headers=headers, stream=body, extensions=extensions)
        try:
            response = await self._transport.handle_async_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise self._unreachable(error) from error
        except httpx.TransportError as error:
            raise self._gone(error) from error
        self.found()
        return response

    async def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response | None:
        """A control call of our own with a short time limit; None where no answer came."""
        try:
            return await self._client.request(method, path, **arguments)
        except httpx.HTTPError:
            return None

    async def reachable(self) -> bool:
        """Try to connect, and note the outcome."""
        try:
            connecting = asyncio.open_connection(self.hostname, self.port)
            _, writer = await asyncio.wait_for(connecting, ASK_TIMEOUT_S)
        except (OSError, asyncio.TimeoutError) as error:
            self._unreachable(error)
            return False
        writer.close()
        self.found()
        return True

    def found(self) -> None:
        """It answered; log that only where it was lost before."""
        if self.trouble:
            self.trouble = None
            get_log().info("upstream.back", say=f"the model server at {self.url} answers again")

    async def close(self) -> None:
        await self._client.aclose()

    def _unreachable(self, error: Exception) -> Fault:
        why = _why(error)
        text = (
            f"the model server at {self.url} can't be reached ({why}); "
            "is it running, and is proxy.upstream in green-qwen.toml its address?"
        )
        if self.trouble is None:
            get_log().error("upstream.lost", say=text, upstream=self.url)
        self.trouble = why
        return Fault(503, text, "model server unreachable")

    def _gone(self, error: Exception) -> Fault:
        text = f"the model server at {self.url} (proxy.upstream) closed the connection without an answer"
        get_log().warning("upstream.no_answer", say=f"{text}: {_why(error)}", upstream=self.url)
        return Fault(502, text, "model server gave no answer")


def _why(error: Exception) -> str:
    """The operating system's word for it, which the libraries keep at the bottom of the chain."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno:
            # Names that can't be resolved have negative numbers of their own.
            return os.strerror(cause.errno) if cause.errno > 0 else str(cause.strerror)
        if isinstance(cause, TimeoutError | asyncio.TimeoutError):
            return "no answer in time"
        several = getattr(cause, "exceptions", None)
        cause = several[0] if several else cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__
