# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether the journal, which is the account book, holds a month."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from green_qwen.doctor.finding import OK, UNKNOWN, WARNING, Finding
from green_qwen.doctor.journald import (
    DAY_S,
    PERSISTENT,
    VOLATILE,
    JournalFile,
    Room,
    first_entry_s,
    journal_files,
    limit_bytes,
    read_settings,
    room_of,
    span_s,
)

NAME = "retention of the journal"
WANTED_DAYS = 30
# The rate of the last week; with less than an hour of journal there is none yet.
RECENT_S, LEAST_S = 7 * DAY_S, 3600.0
SPARE = 1.25
DROP_IN = "/etc/systemd/journald.conf.d/green-qwen.conf"
RESTART = "sudo systemctl restart systemd-journald"


@dataclass(frozen=True, slots=True)
class Journal:
    """Everything the judgement rests on."""

    settings: dict[str, str]
    files: list[JournalFile]
    room: Room
    began_s: float | None
    volatile: bool


def check_retention() -> Finding:
    """Look at this machine's journal."""
    folder = next((folder for folder in (PERSISTENT, VOLATILE) if folder.is_dir()), None)
    if folder is None:
        return Finding(NAME, UNKNOWN, "there is no journal on this machine, so nothing keeps receipts")
    files, settings = journal_files(folder), read_settings()
    volatile = folder == VOLATILE or settings.get("Storage") in ("volatile", "none")
    return judge(Journal(settings, files, room_of(folder), first_entry_s(), volatile), time.time())


def judge(journal: Journal, now_s: float) -> Finding:
    """Whether what comes in a month finds room, by what came lately."""
    if journal.volatile:
        return Finding(
            NAME,
            WARNING,
            "the journal is kept in memory alone, so receipts are lost with the next boot; keep it on disk:",
            _mend("Storage=persistent"),
        )
    longest_s = span_s(journal.settings.get("MaxRetentionSec"))
    if 0 < longest_s < WANTED_DAYS * DAY_S:
        text = f"MaxRetentionSec= lets entries go after {longest_s / DAY_S:.1f} days; keep at least a month:"
        return Finding(NAME, WARNING, text, _mend("MaxRetentionSec=0"))
    rate = rate_bytes_a_day(journal, now_s)
    if rate is None:
        return Finding(NAME, UNKNOWN, "the journal is too young to tell how fast it grows; ask again later")
    used = sum(file.bytes for file in journal.files)
    limit = limit_bytes(journal.settings, journal.room, used, runtime=False)
    days = limit / rate
    figures = f"{days:.0f} days at {rate / 1024**2:.1f} MiB a day within {limit / 1024**3:.1f} GiB"
    if days >= WANTED_DAYS:
        return Finding(NAME, OK, f"it will hold {figures}")
    return _too_small(journal, figures, rate, used)


def rate_bytes_a_day(journal: Journal, now_s: float) -> float | None:
    """By the files of the last week, the active ones in full; None where they span less than an hour."""
    recent = [file for file in journal.files if file.ended_s > now_s - RECENT_S]
    archived = [file.began_s for file in recent if file.began_s is not None]
    began_s = min(archived) if archived else journal.began_s
    if began_s is None or now_s - began_s < LEAST_S:
        return None
    return sum(file.bytes for file in recent) / (now_s - began_s) * DAY_S


def _too_small(journal: Journal, figures: str, rate: float, used: int) -> Finding:
    wanted_gib = math.ceil(rate * WANTED_DAYS * SPARE / 1024**3)
    if wanted_gib << 30 > used + journal.room.free_bytes:
        text = f"it will hold {figures}; {WANTED_DAYS} take {wanted_gib} GiB, for which its disk has no room:"
        return Finding(NAME, WARNING, text, (f"df -h {PERSISTENT}",))
    text = f"it will hold {figures}, then receipts are lost; {WANTED_DAYS} take {wanted_gib} GiB:"
    return Finding(NAME, WARNING, text, _mend(f"SystemMaxUse={wanted_gib}G", "SystemKeepFree=1G"))


def _mend(*settings: str) -> tuple[str, ...]:
    content = r"\n".join(("[Journal]", *settings, ""))
    return (
        f"sudo mkdir -p {DROP_IN.rpartition('/')[0]}",
        f"printf '{content}' | sudo tee {DROP_IN}",
        RESTART,
    )
