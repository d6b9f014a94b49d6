# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Sockets that systemd has opened for us, as sd_listen_fds(3) tells."""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping

from green_common.errors import ConfigError

FIRST_DESCRIPTOR = 3
MAX_SOCKETS = 64


def passed_sockets(
    environ: MutableMapping[str, str], first: int = FIRST_DESCRIPTOR
) -> tuple[socket.socket, ...]:
    """
    The listening sockets that are meant for this very process; the variables are gone afterwards.

    Raises ConfigError for what is no listening stream socket.
    """
    pid, count = environ.pop("LISTEN_PID", ""), environ.pop("LISTEN_FDS", "")
    environ.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()):
        return ()
    if not (count.isascii() and count.isdigit() and int(count) <= MAX_SOCKETS):
        raise ConfigError(f"LISTEN_FDS is '{count}': it has to be a number of sockets up to {MAX_SOCKETS}")
    return tuple(_listener(first + place) for place in range(int(count)))


def _listener(descriptor: int) -> socket.socket:
    try:
        passed = socket.socket(fileno=descriptor)
        listens = passed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        text = f"descriptor {descriptor} that systemd passed in is no socket: {os.strerror(error.errno or 0)}"
        raise ConfigError(text) from error
    if not listens:
        passed.close()
        raise ConfigError(
            f"the socket that systemd passed in as descriptor {descriptor} does not listen: "
            "the socket unit needs ListenStream= and Accept=no"
        )
    passed.set_inheritable(False)
    passed.setblocking(False)
    return passed
