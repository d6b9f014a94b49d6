# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Entries for the systemd journal in its native protocol, with fields.

See systemd.io/JOURNAL_NATIVE_PROTOCOL. An entry that the journal can't take now waits in a bounded
queue; what doesn't fit there is counted and the count is written as soon as the journal is back.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import uuid
from collections import deque
from collections.abc import Mapping

JOURNAL_SOCKET = "/run/systemd/journal/socket"
MAX_WAITING = 2000
# Far below the smallest default of net.core.wmem_max, above which a datagram needs a memfd.
MAX_ENTRY_BYTES = 64 * 1024
_MESSAGE_ID_NAMESPACE = uuid.UUID("6c1b7b3e-7c47-5b0e-9d0f-6f1a4c1d2e30")


def message_id(event: str) -> str:
    """The MESSAGE_ID of an event: the same for ever, because it is made from the event's name."""
    return uuid.uuid5(_MESSAGE_ID_NAMESPACE, event).hex


def under_journal(environ: Mapping[str, str], fd: int = 2) -> bool:
    """True where stderr goes to the journal: JOURNAL_STREAM names its device and inode (systemd.exec(5))."""
    device, _, inode = environ.get("JOURNAL_STREAM", "").partition(":")
    if not (device.isdigit() and inode.isdigit()):
        return False
    stat = os.fstat(fd)
    return (stat.st_dev, stat.st_ino) == (int(device), int(inode))


def serialize(fields: Mapping[str, str]) -> bytes:
    """One entry; a value with a newline is written with its length."""
    parts = []
    for name, value in fields.items():
        content = value.encode(errors="replace")
        if b"\n" in content:
            parts.append(name.encode() + b"\n" + struct.pack("<Q", len(content)) + content + b"\n")
        else:
            parts.append(name.encode() + b"=" + content + b"\n")
    return b"".join(parts)


class Journal:
    """The journal's socket; never blocks, never raises."""

    def __init__(self, path: str = JOURNAL_SOCKET) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._waiting: deque[bytes] = deque()
        self.lost = 0

    def write(self, fields: Mapping[str, str]) -> None:
        if self.lost and len(self._waiting) < MAX_WAITING:
            self._append({"MESSAGE": f"{self.lost} journal entries were lost", "PRIORITY": "3"})
            self.lost = 0
        self._append(fields)
        self.flush()

    def flush(self) -> bool:
        """Send what waits; True where nothing waits any more."""
        with contextlib.suppress(OSError):
            while self._waiting:
                self._socket.sendto(self._waiting[0], self._path)
                self._waiting.popleft()
        return not self._waiting

    def close(self) -> None:
        """What still waits is lost."""
        self._socket.close()

    def _append(self, fields: Mapping[str, str]) -> None:
        entry = serialize(fields)
        if len(self._waiting) >= MAX_WAITING or len(entry) > MAX_ENTRY_BYTES:
            self.lost += 1
        else:
            self._waiting.append(entry)
