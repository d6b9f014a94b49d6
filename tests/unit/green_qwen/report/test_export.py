# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""journalctl's export format."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, strategies as st

from green_common.history import Entry
from green_qwen.report.export import MAX_FIELD_BYTES, Export

Fields = dict[str, bytes]


class Drops(io.BytesIO):
    """A pipe that gives so many bytes at a time."""

    def __init__(self, content: bytes, each: int) -> None:
        super().__init__(content)
        self._each = each

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._each)


def exported(*entries: Fields) -> bytes:
    return b"".join(b"".join(map(field, entry, entry.values())) + b"\n" for entry in entries)


def field(name: str, value: bytes) -> bytes:
    """As systemd writes it: bytes with their number where a line would not hold them."""
    if b"\n" in value:
        return name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"
    return name.encode() + b"=" + value + b"\n"


def read(content: bytes, each: int = 1 << 16) -> list[Entry | None]:
    return list(Export(Drops(content, each)).entries())


def test_only_what_a_report_looks_at_is_kept() -> None:
    """Of the fields that the journal adds there are many."""
    entry = {"__CURSOR": b"s=1", "GREEN_EVENT": b"receipt", "_PID": b"1", "_SYSTEMD_UNIT": b"a=b.service"}

    assert read(exported(entry, entry)) == [{"GREEN_EVENT": "receipt", "_SYSTEMD_UNIT": "a=b.service"}] * 2


def test_a_text_can_not_pretend_to_be_fields_of_the_journals_own() -> None:
    """Anybody may log any bytes, and who wrote them is what counts."""
    lie = b"x\n\nGREEN_EVENT=receipt\n_SYSTEMD_UNIT=green-telemetry.service\n\n"

    found = read(exported({"MESSAGE": lie, "GREEN_EVENT": b"start", "_SYSTEMD_UNIT": b"user.slice"}))

    assert found == [{"GREEN_EVENT": "start", "_SYSTEMD_UNIT": "user.slice"}]


NAMES = st.sampled_from(["GREEN_A", "GREEN_B", "_SYSTEMD_UNIT", "MESSAGE", "_SELINUX_CONTEXT", "X"])
VALUES = st.binary(max_size=40) | st.sampled_from([b"", b"=", b"\n\n", b"-- ", b"unconfined\n", b"\n" * 10])
ENTRIES = st.lists(st.dictionaries(NAMES, VALUES, min_size=1), max_size=6)


@given(entries=ENTRIES, each=st.integers(1, 50))
def test_whatever_the_bytes_and_however_they_come_entries_are_read_as_written(
    entries: list[Fields], each: int
) -> None:
    """The wanted fields, in pieces of any size."""
    wanted = [
        {
            name: value.decode(errors="replace")
            for name, value in entry.items()
            if name.startswith(("GREEN_", "_SYSTEMD_UNIT"))
        }
        for entry in entries
    ]

    assert read(exported(*entries), each) == wanted


def test_an_empty_journal_has_no_entry() -> None:
    """It says so in words, where the entries would be."""
    assert read(b"") == []
    assert read(b"-- No entries --\n") == []


@pytest.mark.parametrize(
    "rest",
    [
        b"GREEN_EVENT=rec",
        b"GREEN_EVENT=receipt\n",
        b"GREEN_RECEIPT\n\x09\0\0\0\0\0\0\0{}",
        b"GREEN_RECEIPT\n\x09",
    ],
)
def test_an_entry_that_breaks_off_is_none(rest: bytes) -> None:
    """It is said to be damaged; what came before it counts."""
    assert read(exported({"GREEN_EVENT": b"window"}) + rest) == [{"GREEN_EVENT": "window"}, None]


@pytest.mark.parametrize("value", [b"x" * 3 * MAX_FIELD_BYTES, b"\n" * 3 * MAX_FIELD_BYTES])
def test_an_entry_that_is_too_long_is_passed_over(value: bytes) -> None:
    """Anybody may write an entry of any length; memory has a bound, and the next one is read."""
    export = Export(
        io.BytesIO(exported({"GREEN_A": value, "MESSAGE": value, "GREEN_B": b""}, {"GREEN_EVENT": b"window"}))
    )

    assert list(export.entries()) == [{"GREEN_EVENT": "window"}]
    assert export.too_long == 1
