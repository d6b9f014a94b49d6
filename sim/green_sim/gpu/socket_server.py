# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The Unix socket on which the simulated driver answers (its lines are those of protocol.py)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import stat
from collections.abc import Callable
from pathlib import Path

from green_common.errors import NotPermittedError, UnavailableError
from green_sim.gpu.protocol import MAX_LINE_BYTES

MAX_CONNECTIONS = 128


class GpuSocket:
    """Accepts up to 128 connections and answers their lines one after another."""

    def __init__(
        self, path: Path, answer: Callable[[str], str], takes_s: Callable[[str], float] = lambda _: 0.0
    ) -> None:
        self._path = path
        self._answer = answer
        self._takes_s = takes_s
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Bind the socket for everybody; raises a GreenError that names the path."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            _remove_stale(self._path)
            self._server = await asyncio.start_unix_server(self._serve, self._path, limit=MAX_LINE_BYTES)
            self._path.chmod(0o666)
        except PermissionError as error:
            raise NotPermittedError(
                f"cannot make the GPU socket {self._path}: {error.strerror}; "
                "name one that you may make with --gpu-socket"
            ) from error
        except OSError as error:
            raise UnavailableError(f"cannot make the GPU socket {self._path}: {error}") from error

    async def close(self) -> None:
        """Hang up on everybody and remove the socket."""
        if self._server is None:
            return
        self._server.close()
        for writer in list(self._connections):
            writer.close()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= MAX_CONNECTIONS:
            writer.close()
            return
        self._connections.add(writer)
        try:
            with contextlib.suppress(ConnectionError):
                await self._converse(reader, writer)
        finally:
            self._connections.discard(writer)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                line = await reader.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                return
            except asyncio.LimitOverrunError:
                writer.write(b"error bad_request the line is too long\n")
                return
            text = line[:-1].decode("ascii", errors="replace")
            if takes_s := self._takes_s(text):
                await asyncio.sleep(takes_s)
            writer.write(self._answer(text).encode("ascii", errors="replace") + b"\n")
            await writer.drain()


def _remove_stale(path: Path) -> None:
    """Remove a socket that nobody answers on any more; anything else is left alone."""
    if not path.exists() or not stat.S_ISSOCK(path.stat().st_mode):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise UnavailableError(f"another simulation already answers on the GPU socket {path}")
