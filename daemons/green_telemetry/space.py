# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Room for the journal: receipts that find none are lost."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

# systemd-journald keeps its persistent journal in the first, its volatile one in the second.
JOURNAL_FOLDERS = ("/var/log/journal", "/run/log/journal")
LOW_BYTES = 32 * 1024**2


def journal_room_bytes(folders: Iterable[str] = JOURNAL_FOLDERS) -> tuple[str, int] | None:
    """The journal's folder and what is free on its file system, or None where there is no journal."""
    for folder in folders:
        try:
            room = os.statvfs(folder)
        except OSError:
            continue
        return folder, room.f_bavail * room.f_frsize
    return None


def journal_is_volatile(folders: Sequence[str] = JOURNAL_FOLDERS) -> bool:
    """True where the journal is kept in memory alone, so that the accounts end with the next boot."""
    persistent, volatile = folders
    return Path(volatile).is_dir() and not Path(persistent).is_dir()
