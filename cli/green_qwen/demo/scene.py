# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The processes of a demo: each started, waited for and ended by its own id."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from green_common.errors import UnavailableError

READY_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 10.0
# The package's launcher finds them by itself, and knows no variable for that.
_SAME_LIBRARIES = {"PYTHONPATH": os.pathsep.join(sys.path)}


@dataclass(slots=True)
class Actor:
    """One running process with the file that holds what it says."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    async def stop(self, within_s: float = STOP_TIMEOUT_S) -> None:
        """With all that it has started: its session is ours to end."""
        if self.process.returncode is None:
            _signal_all(self.process.pid, signal.SIGTERM)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.process.wait(), within_s)
        _signal_all(self.process.pid, signal.SIGKILL)
        await self.process.wait()


class Scene:
    """A folder with sockets and logs, and the processes that use it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.actors: dict[str, Actor] = {}

    async def start(self, name: str, module: str, *arguments: str, environ: Mapping[str, str]) -> Actor:
        """
        Start a Python module and wait until it says READY=1 on its notify socket.

        Raises UnavailableError with the end of its log where it ends or stays silent.
        """
        notify = _NotifySocket(self.folder / f"{name}.notify")
        command = (sys.executable, "-m", module, *arguments)
        actor = await self._run(
            name, command, {**environ, **_SAME_LIBRARIES, "NOTIFY_SOCKET": str(notify.path)}
        )
        try:
            await self._until(actor, notify.ready(), READY_TIMEOUT_S)
        finally:
            notify.close()
        return actor

    async def start_command(
        self, name: str, command: Sequence[str], ready: Coroutine[Any, Any, None], within_s: float
    ) -> Actor:
        """
        Start a program that knows no notify socket, and wait until `ready` is done.

        Raises UnavailableError as `start` does.
        """
        actor = await self._run(name, command, {})
        await self._until(actor, ready, within_s)
        return actor

    async def stop(self, name: str) -> None:
        actor = self.actors.pop(name, None)
        if actor is not None:
            await actor.stop()

    async def stop_all(self) -> None:
        for name in reversed(tuple(self.actors)):
            await self.stop(name)

    async def _run(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> Actor:
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                # Were the demo killed itself, its actors would else stay.
                *("setpriv", "--pdeathsig", "TERM", "--"),
                *command,
                env={**os.environ, **environ},
                # -m looks for modules where it runs, which is not to be where the user happens to stand.
                cwd=self.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C is for the demo alone; it stops its actors itself, in order.
                start_new_session=True,
            )
        actor = self.actors[name] = Actor(name, process, log)
        return actor

    async def _until(self, actor: Actor, arrival: Coroutine[Any, Any, None], within_s: float) -> None:
        ready = asyncio.ensure_future(arrival)
        ended = asyncio.ensure_future(actor.process.wait())
        try:
            await asyncio.wait({ready, ended}, timeout=within_s, return_when="FIRST_COMPLETED")
            if not ready.done():
                raise UnavailableError(f"{actor.name} did not start; it said:\n{_end_of(actor.log)}")
        finally:
            ready.cancel()
            ended.cancel()


class _NotifySocket:
    """The service manager's side of sd_notify(3)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(str(path))

    async def ready(self) -> None:
        loop = asyncio.get_running_loop()
        while b"READY=1" not in await loop.sock_recv(self._socket, 4096):
            pass

    def close(self) -> None:
        self._socket.close()
        self.path.unlink()


def free_address() -> str:
    """A loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def _signal_all(session: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(session, number)


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-8:])
