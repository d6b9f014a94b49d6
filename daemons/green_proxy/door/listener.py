# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The listening sockets of the API and the gateway, or a clear word on why there are none."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass

from green_common.activation import passed_sockets
from green_common.config import split_address
from green_common.errors import ConfigError, GreenError, NotPermittedError, UnavailableError
from green_proxy.door.port_holder import holder_of

API, GATEWAY = "api", "gateway"
KEYS = {API: "listen", GATEWAY: "gateway"}
BACKLOG = 2048
CLAWDBOT_PORT = 18789


@dataclass(frozen=True, slots=True)
class Doors:
    """Each listening socket with the name of its door; `trouble` says why the gateway has none."""

    sockets: tuple[tuple[str, socket.socket], ...]
    trouble: str | None = None

    def exposed(self) -> str | None:
        """The first address that others than this machine reach."""
        hosts = (listener.getsockname() for _, listener in self.sockets)
        return next((_text(where) for where in hosts if not _is_loopback(where[0])), None)

    def close(self) -> None:
        _close(listener for _, listener in self.sockets)


def open_doors(listen: str, gateway: str, environ: MutableMapping[str, str]) -> Doors:
    """
    Take the sockets that systemd passed in, and bind what it did not; `gateway` may be empty.

    Raises ConfigError for a socket of neither address, and for the API what `bind` raises. A port of the
    gateway that is taken leaves the API at work: that is `trouble`.
    """
    passed = passed_sockets(environ)
    sockets: list[tuple[str, socket.socket]] = []
    try:
        sockets += [(_door_of(one, listen, gateway), one) for one in passed]
        doors = {door for door, _ in sockets}
        if API not in doors:
            sockets.append((API, bind(listen, KEYS[API])))
        if gateway and GATEWAY not in doors:
            sockets.append((GATEWAY, bind(gateway, KEYS[GATEWAY])))
    except PortTakenError as error:
        if error.key == KEYS[GATEWAY]:
            return Doors(tuple(sockets), str(error))
        _close(passed)
        raise
    except GreenError:
        _close((*passed, *(one for _, one in sockets)))
        raise
    return Doors(tuple(sockets))


class PortTakenError(UnavailableError):
    """Somebody else listens at the address of this key."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


def bind(address: str, key: str) -> socket.socket:
    """Raises UnavailableError where the address can't be had, NotPermittedError where we may not."""
    host, port = split_address(address)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise UnavailableError(f"proxy.{key} {address}: {host} is not known: {error.strerror}") from error
    family, kind, protocol, _, where = found[0]
    listener = socket.socket(family, kind | socket.SOCK_NONBLOCK, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(where)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise refusal(address, key, error) from error
    return listener


def refusal(address: str, key: str, error: OSError) -> UnavailableError | NotPermittedError:
    """What to tell the administrator about an address that could not be bound."""
    port = split_address(address)[1]
    if error.errno == errno.EACCES:
        return NotPermittedError(
            f"proxy.{key} {address}: uid {os.geteuid()} may not listen on port {port}; choose one from 1024"
        )
    if error.errno != errno.EADDRINUSE:
        return UnavailableError(
            f"proxy.{key} {address}: can't listen there: {os.strerror(error.errno or 0)}; "
            "it has to be an address of this machine, which `ip address` lists"
        )
    text = f"proxy.{key} {address}: the port is taken by {holder_of(port)}"
    if port == CLAWDBOT_PORT:
        text += "; 18789 is also the port that Clawdbot's gateway takes unless told otherwise (gateway.port)"
    return PortTakenError(
        key,
        f"{text}; `sudo ss -ltnp sport = :{port}` names it: stop it, "
        f"or set {_another(key, port)} in [proxy] of green-qwen.toml",
    )


def _another(key: str, port: int) -> str:
    if key == KEYS[GATEWAY]:
        return f'gateway = "127.0.0.1:{8081 if port == 8080 else 8080}", or "" for none,'
    other = CLAWDBOT_PORT + (2 if port == CLAWDBOT_PORT + 1 else 1)
    return f'listen = "127.0.0.1:{other}"'


def _door_of(passed: socket.socket, listen: str, gateway: str) -> str:
    """The door with the port of this socket. Raises ConfigError where neither has it."""
    where = passed.getsockname()
    if passed.family in (socket.AF_INET, socket.AF_INET6):
        for door, address in ((API, listen), (GATEWAY, gateway)):
            if address and split_address(address)[1] == where[1]:
                return door
    raise ConfigError(
        f"systemd passed in a socket on {_text(where)}, which is neither proxy.listen {listen} "
        f"nor proxy.gateway {gateway or '(none)'}: "
        "give the socket unit and green-qwen.toml the same addresses"
    )


def _close(sockets: Iterable[socket.socket]) -> None:
    for one in sockets:
        one.close()


def _text(where: tuple[str, int] | str | bytes) -> str:
    if isinstance(where, tuple):
        return f"[{where[0]}]:{where[1]}" if ":" in where[0] else f"{where[0]}:{where[1]}"
    return f"the Unix socket {where!r}"


def _is_loopback(host: str) -> bool:
    return ipaddress.ip_address(host.partition("%")[0]).is_loopback
