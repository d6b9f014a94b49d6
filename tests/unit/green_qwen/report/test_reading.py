# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from green_common.errors import NotPermittedError, UnavailableError, UsageError
from green_qwen.report.reading import Reading, nothing_found
from green_qwen.report.source import Source, resolved_s


def _script(folder: Path, text: str) -> Reading:
    """A journalctl of the test's own."""
    path = folder / "journalctl"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return Reading((str(path),))


@pytest.mark.parametrize(
    "said",
    [
        "No journal files were opened due to insufficient permissions.",
        "Failed to open files: Permission denied",
        "Hint: You are currently not seeing messages from other users and the system.",
    ],
)
def test_a_closed_journal_names_the_group_that_opens_it(tmp_path: Path, said: str) -> None:
    """What journalctl says where it may not read, and the command that mends it."""
    reading = _script(tmp_path, f"echo '{said}' >&2")

    assert list(reading.entries()) == []
    with pytest.raises(NotPermittedError, match="usermod -aG systemd-journal"):
        reading.check(found=False)


def test_a_part_of_a_journal_is_a_report_with_a_note(tmp_path: Path) -> None:
    """Where something could be counted, what journalctl had to say is kept."""
    reading = _script(
        tmp_path, "printf 'A=1\\nGREEN_EVENT=x\\n\\n'; echo 'Hint: You are currently not seeing messages' >&2"
    )

    assert list(reading.entries()) == [{"GREEN_EVENT": "x"}]
    reading.check(found=True)
    assert reading.said.startswith("Hint: ")


def test_a_wrong_time_is_told_with_where_right_ones_are_described(tmp_path: Path) -> None:
    """A mistake of the command line, and not of the journal."""
    reading = _script(tmp_path, "echo 'Failed to parse timestamp: soon' >&2; exit 1")
    list(reading.entries())

    with pytest.raises(UsageError, match=r"soon.*systemd\.time"):
        reading.check(found=False)


def test_a_journalctl_that_fails_half_way_makes_no_report(tmp_path: Path) -> None:
    """Half of the sums would be wrong ones."""
    reading = _script(tmp_path, "printf 'GREEN_EVENT=x\\n\\n'; echo 'Bad message' >&2; exit 1")
    list(reading.entries())

    with pytest.raises(UnavailableError, match="Bad message"):
        reading.check(found=True)


def test_a_reader_that_leaves_ends_the_child(tmp_path: Path) -> None:
    """No journalctl stays behind."""
    reading = _script(tmp_path, f"echo $$ > {tmp_path}/pid; printf 'GREEN_EVENT=x\\n\\n'; exec sleep 600")
    entries = reading.entries()
    next(entries)

    entries.close()

    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_the_command_passes_times_and_files_on() -> None:
    """In journalctl's own words, and without asking for the unit: who only looks like it is counted too."""
    command = Source("-2h", "now", ("a.journal", "b*"), "/d", merge=True).command("journalctl")

    assert {"--since=-2h", "--until=now", "--file=a.journal", "--file=b*", "--directory=/d"} <= set(command)
    assert "--merge" in command and "--output=export" in command and "GREEN_EVENT=receipts" in command
    assert not any(part.startswith("_SYSTEMD_UNIT") for part in command)


def test_an_empty_journal_is_told_with_what_to_do() -> None:
    """Of this machine: start the service; of another one: look into the file."""
    assert "systemctl enable --now green-telemetry" in str(nothing_found(Source(), 0))
    assert "journalctl --file" in str(nothing_found(Source(files=("a",)), 0))
    assert "3 entries look like it" in str(nothing_found(Source(), 3))


def test_times_are_resolved_as_systemd_takes_them() -> None:
    """Nothing where there is nothing to resolve or it is none."""
    assert resolved_s("@1772323200") == 1772323200
    assert resolved_s("no time at all") is None
    assert resolved_s(None) is None
