# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The listening sockets of the views: what systemd passed in, and what the daemon binds itself."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from pathlib import Path

from green_common.activation import passed_sockets
from green_common.config import split_address
from green_common.errors import GreenError
from green_common.unix_socket import Names, bind_unix

BACKLOG = 32
NAMES = Names("telemetry.live_socket", "feed.group", "green-telemetry")


@dataclass(slots=True)
class Doors:
    """Both sockets as far as they could be had; `troubles` says why not."""

    metrics: socket.socket | None = None
    live: socket.socket | None = None
    troubles: list[str] = field(default_factory=list)
    bound_path: str | None = None

    def close(self) -> None:
        for one in (self.metrics, self.live):
            if one is not None:
                one.close()
        if self.bound_path is not None:
            with contextlib.suppress(OSError):
                Path(self.bound_path).unlink()


def open_doors(listen: str, live_socket: str, group: str, environ: MutableMapping[str, str]) -> Doors:
    """Never raises: the accounts go on without views."""
    doors = Doors()
    try:
        for one in passed_sockets(environ):
            _take(doors, one, listen, live_socket)
    except GreenError as error:
        doors.troubles.append(str(error))
    if listen and doors.metrics is None:
        _bind_metrics(doors, listen)
    if doors.live is None:
        try:
            doors.live = bind_unix(live_socket, group, NAMES, kind=socket.SOCK_STREAM, backlog=BACKLOG)
            doors.bound_path = live_socket
        except GreenError as error:
            doors.troubles.append(f"no live socket: {error}")
    return doors


def _take(doors: Doors, passed: socket.socket, listen: str, live_socket: str) -> None:
    where = passed.getsockname()
    if passed.family == socket.AF_UNIX and where == live_socket and doors.live is None:
        doors.live = passed
    elif passed.family != socket.AF_UNIX and listen and where[1] == split_address(listen)[1]:
        doors.metrics = passed
    else:
        passed.close()
        doors.troubles.append(
            f"systemd passed in a socket on {where}, which is neither telemetry.listen "
            f"{listen or '(none)'} nor telemetry.live_socket {live_socket}: give green-telemetry.socket and "
            "green-qwen.toml the same addresses"
        )


def _bind_metrics(doors: Doors, listen: str) -> None:
    try:
        doors.metrics = _bound(listen)
    except OSError as error:
        doors.troubles.append(
            f"no /metrics: telemetry.listen {listen} can't be had: {error.strerror or error}; "
            f"`sudo ss -ltnp sport = :{split_address(listen)[1]}` names who has it. As a service it comes "
            "from green-telemetry.socket: `systemctl status green-telemetry.socket`"
        )


def _bound(listen: str) -> socket.socket:
    host, port = split_address(listen)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, where = found[0]
    listener = socket.socket(family, kind | socket.SOCK_NONBLOCK, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
