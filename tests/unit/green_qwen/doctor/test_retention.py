# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether the journal holds a month."""

from __future__ import annotations

from typing import Any

import pytest

from green_qwen.doctor.finding import OK, UNKNOWN, WARNING, finding_lines
from green_qwen.doctor.journald import DAY_S, JournalFile, Room
from green_qwen.doctor.retention import Journal, check_retention, judge, rate_bytes_a_day

NOW_S = 1_700_000_000.0
MIB, GIB = 1 << 20, 1 << 30


def journal(mib_a_day: float, days: int = 10, **changes: Any) -> Journal:
    """So much a day, one archived file each day, on a disk of 100 GiB."""
    files = [
        JournalFile(int(mib_a_day * MIB), NOW_S - (day + 1) * DAY_S, NOW_S - day * DAY_S)
        for day in range(days)
    ]
    values = {
        "settings": {},
        "files": files,
        "room": Room(100 * GIB, 80 * GIB),
        "began_s": NOW_S - days * DAY_S,
        "volatile": False,
    }
    return Journal(**{**values, **changes})


def test_a_journal_with_room_is_well() -> None:
    """4 GiB at 100 MiB a day are 40 days."""
    finding = judge(journal(100), NOW_S)

    assert finding.state == OK
    assert "41 days at 100.0 MiB a day within 4.0 GiB" in finding.text


def test_a_journal_that_is_too_small_is_named_with_what_mends_it() -> None:
    """Room for 30 days, and a quarter more."""
    finding = judge(journal(200), NOW_S)

    assert finding.state == WARNING
    assert "20 days at 200.0 MiB a day" in finding.text
    assert "SystemMaxUse=8G" in finding.mend[1]
    assert "systemctl restart systemd-journald" in finding.mend[2]


def test_a_disk_without_room_is_named() -> None:
    """No setting would help."""
    finding = judge(journal(200, room=Room(10 * GIB, 2 * GIB)), NOW_S)

    assert finding.state == WARNING
    assert "its disk has no room" in finding.text


def test_a_time_limit_counts_too() -> None:
    """Whatever the size allows."""
    finding = judge(journal(1, settings={"MaxRetentionSec": "2week"}), NOW_S)

    assert finding.state == WARNING
    assert "14.0 days" in finding.text and "MaxRetentionSec=0" in finding.mend[1]


def test_a_journal_in_memory_is_none_to_rely_on() -> None:
    """The next boot takes it."""
    finding = judge(journal(1, volatile=True), NOW_S)

    assert finding.state == WARNING
    assert "Storage=persistent" in finding.mend[1]


def test_a_young_journal_tells_nothing() -> None:
    """Rather than a wild guess."""
    young = journal(100, files=[JournalFile(8 * MIB, None, NOW_S)], began_s=NOW_S - 600)

    assert judge(young, NOW_S).state == UNKNOWN


def test_the_rate_is_that_of_the_last_week() -> None:
    """What came before counts no more."""
    quiet_before = journal(1, days=60)
    busy = [JournalFile(70 * MIB, NOW_S - 2 * DAY_S, NOW_S - DAY_S), JournalFile(70 * MIB, None, NOW_S)]

    rate = rate_bytes_a_day(journal(1, files=[*quiet_before.files[2:], *busy]), NOW_S)

    assert rate == pytest.approx(145 * MIB / 7)


def test_commands_stand_ready_to_be_copied() -> None:
    """One a line, unbroken."""
    lines = finding_lines(judge(journal(200), NOW_S))

    assert lines[0].startswith("warning  retention of the journal: ")
    assert [line.strip() for line in lines[-3:]] == list(judge(journal(200), NOW_S).mend)


def test_this_machine_can_be_looked_at() -> None:
    """Whatever its journal is like."""
    assert check_retention().state in (OK, WARNING, UNKNOWN)
