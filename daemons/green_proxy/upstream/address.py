# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Where the model server is, and how to connect to it."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

from green_proxy.upstream.connection import Connection

TLS_PORT, PLAIN_PORT = 443, 80


class Address:
    """The URL in proxy.upstream, and connections to it."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        parts = urlsplit(self.url)
        self.hostname = parts.hostname or ""
        self.port = parts.port or (TLS_PORT if parts.scheme == "https" else PLAIN_PORT)
        # For httpx, without the path, which is put before every target.
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.host = parts.netloc.rpartition("@")[2].encode()
        self.prefix = parts.path.encode()
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None

    async def connect(
        self, make: Callable[[], Connection], within_s: float, spare: Callable[[Connection], None]
    ) -> Connection:
        """Raises OSError; `spare` gets a connection that was made although nobody waits for it any more."""
        connecting = asyncio.ensure_future(self._connect(make))

        def keep(task: asyncio.Task[Connection]) -> None:
            if not task.cancelled() and task.exception() is None:
                spare(task.result())

        try:
            # wait_for() of Python 3.11 and before may swallow a cancellation.
            await asyncio.wait((connecting,), timeout=within_s)
            if connecting.done():
                return connecting.result()
        except asyncio.CancelledError:
            connecting.add_done_callback(keep)
            connecting.cancel()
            raise
        connecting.add_done_callback(keep)
        connecting.cancel()
        raise TimeoutError

    async def _connect(self, make: Callable[[], Connection]) -> Connection:
        loop = asyncio.get_running_loop()
        connection = make()
        try:
            await loop.create_connection(lambda: connection, self.hostname, self.port, ssl=self._tls)
        except BaseException:
            # Some event loops leave the transport open where this is cancelled at the last moment.
            connection.close()
            raise
        return connection


def timed_out(error: OSError) -> bool:
    """Our own limit was over, not one of the operating system."""
    return isinstance(error, TimeoutError) and not error.errno


def why(error: OSError) -> str:
    """The operating system's word for what failed."""
    if timed_out(error):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        reason: str = getattr(error, "reason", None) or "TLS failed"
        return reason.replace("_", " ").lower()
    if error.errno:
        # Names that can't be resolved have negative numbers of their own.
        return os.strerror(error.errno) if error.errno > 0 else str(error.strerror)
    return str(error) or type(error).__name__
