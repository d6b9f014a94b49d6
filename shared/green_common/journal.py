# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Entries for the systemd journal in its native protocol, with fields.

See systemd.io/JOURNAL_NATIVE_PROTOCOL. An entry that the journal can't take now waits in a bounded
queue; what doesn't fit there is counted and the count is written as soon as the journal is back. An
entry to be kept takes the place of the oldest one that is not.
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
MAX_WAITING_BYTES = 4 * 1024**2
# Far below the smallest default of net.core.wmem_max, above which a datagram needs a memfd.
MAX_ENTRY_BYTES = 64 * 1024
# Room for the entry that says how many were lost.
MAX_LOSS_BYTES = 512
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
        # Each entry with whether it is to be kept.
        self._waiting: deque[tuple[bytes, bool]] = deque()
        self._waiting_bytes = 0
        self._spare = 0
        self.lost = 0

    def write(self, fields: Mapping[str, str], *, keep: bool = False) -> None:
        if self.lost and self._has_room(MAX_LOSS_BYTES):
            self._append(_loss(self.lost, fields), keep=True)
            self.lost = 0
        self._append(fields, keep=keep)
        self.flush()

    def flush(self) -> bool:
        """Send what waits; True where nothing waits any more."""
        with contextlib.suppress(OSError):
            while self._waiting:
                self._socket.sendto(self._waiting[0][0], self._path)
                self._drop(0)
        return not self._waiting

    def close(self) -> None:
        """What still waits is lost."""
        self._socket.close()

    def _append(self, fields: Mapping[str, str], *, keep: bool) -> None:
        entry = serialize(fields)
        if len(entry) > MAX_ENTRY_BYTES or not self._make_room(len(entry), keep=keep):
            self.lost += 1
            return
        self._waiting.append((entry, keep))
        self._waiting_bytes += len(entry)
        self._spare += not keep

    def _make_room(self, size: int, *, keep: bool) -> bool:
        while not self._has_room(size):
            if not (keep and self._spare):
                return False
            self._drop(next(place for place, (_, kept) in enumerate(self._waiting) if not kept))
            self.lost += 1
        return True

    def _has_room(self, size: int) -> bool:
        return len(self._waiting) < MAX_WAITING and self._waiting_bytes + size <= MAX_WAITING_BYTES

    def _drop(self, place: int) -> None:
        entry, kept = self._waiting[place]
        del self._waiting[place]
        self._waiting_bytes -= len(entry)
        self._spare -= not kept


def _loss(count: int, beside: Mapping[str, str]) -> dict[str, str]:
    return {
        "MESSAGE": f"{count} journal entries were lost",
        "MESSAGE_ID": message_id("journal.lost"),
        "PRIORITY": "3",
        "SYSLOG_IDENTIFIER": beside.get("SYSLOG_IDENTIFIER", "green-qwen"),
        "GREEN_EVENT": "journal.lost",
        "GREEN_ENTRIES": str(count),
    }
