# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""journald's settings and files: how much it may keep, and how much has come (journald.conf(5))."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from green_common.history import journalctl_path

PERSISTENT, VOLATILE = Path("/var/log/journal"), Path("/run/log/journal")
FOLDERS = ("/usr/lib/systemd", "/usr/local/lib/systemd", "/run/systemd", "/etc/systemd")
DAY_S = 86_400.0
# Without a setting: shares of the file system, each at most 4 GiB.
MAX_USE_SHARE, KEEP_FREE_SHARE, DEFAULT_MOST_BYTES = 0.10, 0.15, 4 << 30
# An archived file's name ends with the time of its first entry, in microseconds.
_ARCHIVED = re.compile(r"@[0-9a-f]+-[0-9a-f]+-([0-9a-f]+)\.journal$")
_SPAN = re.compile(r"([0-9.]+)\s*([a-zA-Z]*)")
_SPANS_S = {
    "": 1.0,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "m": 60.0,
    "min": 60.0,
    "minute": 60.0,
    "minutes": 60.0,
    "h": 3600.0,
    "hr": 3600.0,
    "hour": 3600.0,
    "hours": 3600.0,
    "d": DAY_S,
    "day": DAY_S,
    "days": DAY_S,
    "w": 7 * DAY_S,
    "week": 7 * DAY_S,
    "weeks": 7 * DAY_S,
    "M": 30.44 * DAY_S,
    "month": 30.44 * DAY_S,
    "months": 30.44 * DAY_S,
    "y": 365.25 * DAY_S,
    "year": 365.25 * DAY_S,
    "years": 365.25 * DAY_S,
}


@dataclass(frozen=True, slots=True)
class JournalFile:
    """One file; `began_s` is known of archived ones only."""

    bytes: int
    began_s: float | None
    ended_s: float


@dataclass(frozen=True, slots=True)
class Room:
    """The file system that the journal lies on."""

    total_bytes: int
    free_bytes: int


def read_settings(folders: Iterable[str] = FOLDERS) -> dict[str, str]:
    """All of [Journal]; drop-ins come in the order of their names, a later folder's hide earlier ones."""
    files = [Path(folder) / "journald.conf" for folder in folders]
    main = [file for file in files if file.is_file()][-1:]
    drop_ins: dict[str, Path] = {}
    for folder in folders:
        for file in sorted((Path(folder) / "journald.conf.d").glob("*.conf")):
            drop_ins[file.name] = file
    settings: dict[str, str] = {}
    for file in (*main, *(drop_ins[name] for name in sorted(drop_ins))):
        settings.update(_assignments(file))
    return settings


def journal_files(folder: Path) -> list[JournalFile]:
    """All of them, users' too: they share the room."""
    found = []
    for file in folder.glob("*/*.journal"):
        try:
            stat = file.stat()
        except OSError:
            continue
        archived = _ARCHIVED.search(file.name)
        began_s = int(archived[1], 16) / 1e6 if archived else None
        found.append(JournalFile(stat.st_blocks * 512, began_s, stat.st_mtime))
    return found


def first_entry_s() -> float | None:
    """When the oldest entry was written that this user may read."""
    command = (journalctl_path(), "--no-pager", "--quiet", "--output=short-unix")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reading:
        assert reading.stdout is not None
        first = reading.stdout.readline().split()
        reading.terminate()
    try:
        return float(first[0])
    except (IndexError, ValueError):
        return None


def room_of(folder: Path) -> Room:
    stat = os.statvfs(folder)
    return Room(stat.f_blocks * stat.f_frsize, stat.f_bavail * stat.f_frsize)


def limit_bytes(settings: dict[str, str], room: Room, used_bytes: int, *, runtime: bool) -> int:
    """How much the journal may grow to: its own limit, and what has to stay free."""
    prefix = "Runtime" if runtime else "System"
    most = bytes_of(settings.get(f"{prefix}MaxUse"), room.total_bytes, MAX_USE_SHARE)
    keep = bytes_of(settings.get(f"{prefix}KeepFree"), room.total_bytes, KEEP_FREE_SHARE)
    return max(0, min(most, used_bytes + room.free_bytes - keep))


def bytes_of(text: str | None, total_bytes: int, share: float) -> int:
    """A size like 500M; where none is set, that share of the file system."""
    parts = re.fullmatch(r"([0-9.]+)\s*([KMGTPE]?)B?", text or "")
    if parts is None:
        return min(DEFAULT_MOST_BYTES, int(total_bytes * share))
    return int(float(parts[1]) * 1024 ** " KMGTPE".index(parts[2] or " "))


def span_s(text: str | None) -> float:
    """A time like '1month' or '2week 3d'; 0 where none is set."""
    return sum(float(number) * _SPANS_S.get(unit, 0.0) for number, unit in _SPAN.findall(text or ""))


def _assignments(file: Path) -> Iterator[tuple[str, str]]:
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        name, assigned, value = line.partition("=")
        if assigned and not name.lstrip().startswith(("#", ";")):
            yield name.strip(), value.strip()
