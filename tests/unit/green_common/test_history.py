# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Entries of the journal, read back."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from green_common.errors import UnavailableError
from green_common.history import (
    UNIT,
    Query,
    began_at_s,
    entries_of,
    journal_command,
    query_of_receipt,
    read_history,
)
from green_proxy.request_id import new_id


def line(**fields: Any) -> bytes:
    """What journalctl prints for an entry of ours."""
    own = {
        "_SYSTEMD_UNIT": UNIT,
        "__REALTIME_TIMESTAMP": "1700000000500000",
        "PRIORITY": "6",
        "MESSAGE": "said",
    }
    return json.dumps(own | fields).encode() + b"\n"


def script(folder: Path, text: str) -> str:
    """A journalctl of the test's own."""
    path = folder / "journalctl"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return str(path)


def test_a_receipt_in_one_field_is_read_back() -> None:
    """With the names that it has there."""
    receipt = {"request": "r1", "energy_j": 12.5, "simulated": True}

    (entry,) = entries_of(line(GREEN_EVENT="receipt", GREEN_REQUEST="r1", GREEN_RECEIPT=json.dumps(receipt)))

    assert entry["event"] == "receipt"
    assert entry["at_s"] == 1700000000.5
    assert entry["say"] == "said"
    assert entry["energy_j"] == 12.5
    assert entry["simulated"] is True


def test_any_entry_may_have_its_figures_in_one_field() -> None:
    """It has the event's name; what stands beside it is there once more, for searching."""
    gap = json.dumps({"gpu": 0, "gpu_uuid": "GPU-1", "duration_s": 2.5})

    (entry,) = entries_of(line(GREEN_EVENT="gpu.gap", GREEN_GPU="0", GREEN_GPU_GAP=gap))

    assert (entry["event"], entry["gpu_uuid"], entry["duration_s"]) == ("gpu.gap", "GPU-1", 2.5)


def test_gathered_receipts_are_told_apart() -> None:
    """One entry holds several, and each is an entry to whoever reads."""
    gathered = json.dumps([{"request": "r1"}, {"request": "r2"}, "nonsense"])

    entries = entries_of(line(GREEN_EVENT="receipts", GREEN_RECEIPTS=gathered))

    assert [(entry["event"], entry["request"]) for entry in entries] == [("receipt", "r1"), ("receipt", "r2")]


def test_fields_of_their_own_are_figures_again() -> None:
    """Numbers and lists are read, and names stay texts even where they look like numbers."""
    (entry,) = entries_of(line(GREEN_EVENT="window", GREEN_BASELINE_J="3.5", GREEN_MODEL="7", GREEN_X="[1]"))

    assert (entry["baseline_j"], entry["model"], entry["x"]) == (3.5, "7", [1])


@pytest.mark.parametrize(
    "raw",
    [
        line(GREEN_EVENT="receipt", _SYSTEMD_UNIT="session-1.scope"),
        line(GREEN_EVENT="receipt", _SYSTEMD_UNIT=None),
        line(),
        b"[]\n",
        b"not JSON\n",
        b"",
    ],
)
def test_what_green_telemetry_did_not_write_is_left_out(raw: bytes) -> None:
    """journald says who wrote an entry."""
    assert entries_of(raw) == []


@given(st.binary() | st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.integers())).map(str))
def test_no_line_breaks_the_reader(raw: bytes | str) -> None:
    """Whatever journalctl prints."""
    entries_of(raw if isinstance(raw, bytes) else raw.encode(errors="replace"))


def test_texts_that_are_no_utf8_come_as_bytes() -> None:
    """journalctl(1) gives an array of numbers for them."""
    (entry,) = entries_of(line(GREEN_EVENT="window", MESSAGE=[104, 105, 255]))

    assert entry["say"] == "hi\N{REPLACEMENT CHARACTER}"


def test_the_command_asks_for_what_the_journal_vouches_for() -> None:
    """Both forms of a receipt, from the unit alone."""
    command = journal_command(Query(("receipt",), since_s=1.5, until_s=2.0, limit=3))

    assert command[-3:] == (f"_SYSTEMD_UNIT={UNIT}", "GREEN_EVENT=receipt", "GREEN_EVENT=receipts")
    assert "+" not in command
    assert {"--since=@1.500000", "--until=@2.000000", "--lines=3", "--all"} <= set(command)


def test_the_time_in_an_id_narrows_the_search() -> None:
    """It is the time at which green-proxy made it."""
    request = new_id(1_700_000_000.25)

    assert began_at_s(request) == pytest.approx(1_700_000_000.25, abs=0.001)
    assert query_of_receipt(request).since_s == pytest.approx(1_700_000_000.25 - 60, abs=0.001)
    assert query_of_receipt("a client's own").since_s is None


def test_a_receipt_is_looked_up_by_its_index() -> None:
    """Where it was gathered there is none, so all of those are read."""
    command = journal_command(query_of_receipt("r1"))

    unit = f"_SYSTEMD_UNIT={UNIT}"
    assert command[-6:] == (
        unit,
        "GREEN_EVENT=receipt",
        "GREEN_REQUEST=r1",
        "+",
        unit,
        "GREEN_EVENT=receipts",
    )


def test_only_what_was_asked_for_comes(tmp_path: Path) -> None:
    """Of gathered receipts the one."""
    gathered = json.dumps([{"request": "r1"}, {"request": "r2"}])
    raw = line(GREEN_EVENT="receipts", GREEN_RECEIPTS=gathered).decode().strip()
    journalctl = script(tmp_path, f"cat <<'END'\n{raw}\nEND")

    entries = list(read_history(query_of_receipt("r2"), journalctl))

    assert [entry["request"] for entry in entries] == ["r2"]


def test_a_journal_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    """In its own words."""
    journalctl = script(tmp_path, "echo 'No such boot' >&2; exit 1")

    with pytest.raises(UnavailableError, match="No such boot"):
        list(read_history(Query(), journalctl))


def test_who_has_seen_enough_leaves_no_process(tmp_path: Path) -> None:
    """The reader is ended with the generator."""
    raw = line(GREEN_EVENT="window").decode().strip()
    journalctl = script(tmp_path, f"while :; do echo '{raw}'; done")
    entries = read_history(Query(), journalctl)
    next(entries)

    entries.close()

    assert list(entries) == []
