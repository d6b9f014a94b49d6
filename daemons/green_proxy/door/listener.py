# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The API's listening socket, or a clear word on why there is none."""

from __future__ import annotations

import errno
import os
import socket

from green_common.config import split_address
from green_common.errors import NotPermittedError, UnavailableError
from green_proxy.door.port_holder import holder_of

BACKLOG = 2048
CLAWDBOT_PORT = 18789


def bind_api(address: str) -> socket.socket:
    """Raises UnavailableError where the address can't be had, NotPermittedError where we may not."""
    host, port = split_address(address)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise UnavailableError(f"proxy.listen {address}: {host} is not known: {error.strerror}") from error
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
        raise refusal(address, port, error) from error
    return listener


def refusal(address: str, port: int, error: OSError) -> UnavailableError | NotPermittedError:
    """What to tell the administrator about an address that could not be bound."""
    if error.errno == errno.EACCES:
        return NotPermittedError(
            f"proxy.listen {address}: uid {os.geteuid()} may not listen on port {port}; choose one from 1024"
        )
    if error.errno != errno.EADDRINUSE:
        return UnavailableError(
            f"proxy.listen {address}: can't listen there: {os.strerror(error.errno or 0)}; "
            "it has to be an address of this machine, which `ip address` lists"
        )
    text = f"proxy.listen {address}: the port is taken by {holder_of(port)}"
    if port == CLAWDBOT_PORT:
        text += "; 18789 is also the port that Clawdbot's gateway takes unless told otherwise (gateway.port)"
    other = CLAWDBOT_PORT + (2 if port == CLAWDBOT_PORT + 1 else 1)
    return UnavailableError(
        f"{text}; `sudo ss -ltnp sport = :{port}` names it: stop it, "
        f'or set listen = "127.0.0.1:{other}" in [proxy] of green-qwen.toml'
    )
