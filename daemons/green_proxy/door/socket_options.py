# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How the sockets of clients send and close."""

from __future__ import annotations

import contextlib
import socket
import struct

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def send_at_once(raw: socket.socket | None) -> None:
    """asyncio does so for sockets whose protocol it knows; those that systemd passes in may not say."""
    if raw is not None and raw.family != socket.AF_UNIX:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def reset_on_close(raw: socket.socket | None) -> None:
    """The client sees that its answer was not whole."""
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
