# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Entries for the journal in its native protocol."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from green_common.journal import (
    MAX_ENTRY_BYTES,
    MAX_WAITING,
    MAX_WAITING_BYTES,
    Journal,
    message_id,
    serialize,
    under_journal,
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as bound:
        bound.bind(str(tmp_path / "journal.sock"))
        yield bound


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(str(tmp_path / "journal.sock"))
    yield made
    made.close()


def parse(entry: bytes) -> dict[str, str]:
    """As the journal reads an entry (systemd.io/JOURNAL_NATIVE_PROTOCOL)."""
    fields = {}
    while entry:
        line, _, rest = entry.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (length,) = struct.unpack_from("<Q", rest)
            value, rest = rest[8 : 8 + length], rest[8 + length + 1 :]
        fields[name.decode()] = value.decode()
        entry = rest
    return fields


def test_a_plain_field_is_one_line() -> None:
    """NAME=value."""
    assert serialize({"MESSAGE": "a=b", "PRIORITY": "6"}) == b"MESSAGE=a=b\nPRIORITY=6\n"


def test_a_value_with_a_newline_has_its_length() -> None:
    """As the protocol wants it."""
    assert serialize({"MESSAGE": "a\nb"}) == b"MESSAGE\n\x03\0\0\0\0\0\0\0a\nb\n"


@given(
    st.dictionaries(st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True), st.text(max_size=50), max_size=5)
)
def test_every_entry_reads_back(fields: dict[str, str]) -> None:
    """Whatever a value holds."""
    assert parse(serialize(fields)) == fields


def test_a_text_that_is_no_unicode_is_mended() -> None:
    """A path from the environment may hold any bytes."""
    assert serialize({"A": "x\udcff"}) == b"A=x?\n"


def test_the_id_of_an_event_is_stable() -> None:
    """The catalogue and the administrators' filters are built on it."""
    assert message_id("clocks.lowered") == message_id("clocks.lowered")
    assert message_id("clocks.lowered") != message_id("clocks.released")
    assert len(bytes.fromhex(message_id("x"))) == 16


def test_an_entry_arrives(journal: Journal, server: socket.socket) -> None:
    """One datagram each."""
    journal.write({"MESSAGE": "one"})
    journal.write({"MESSAGE": "two"})

    assert [parse(server.recv(4096))["MESSAGE"] for _ in range(2)] == ["one", "two"]


def test_entries_wait_for_the_journal(tmp_path: Path, journal: Journal) -> None:
    """It may restart; what was said meanwhile comes in order."""
    journal.write({"MESSAGE": "one"})
    waits = not journal.flush()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as server:
        server.bind(str(tmp_path / "journal.sock"))
        journal.write({"MESSAGE": "two"})

        assert waits
        assert [parse(server.recv(4096))["MESSAGE"] for _ in range(2)] == ["one", "two"]
        assert journal.flush()


def drained(journal: Journal, server: socket.socket) -> list[str]:
    """Everything that the journal reads until nothing waits any more."""
    said = []
    while True:
        sent_all = journal.flush()
        try:
            while True:
                said.append(parse(server.recv(4096))["MESSAGE"])
        except BlockingIOError:
            if sent_all:
                return said


def test_what_is_too_much_is_counted_and_said(tmp_path: Path, journal: Journal) -> None:
    """The count stands where the entries are missing."""
    for number in range(MAX_WAITING + 3):
        journal.write({"MESSAGE": str(number)})
    lost = journal.lost
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as server:
        server.bind(str(tmp_path / "journal.sock"))
        said = drained(journal, server)
        journal.write({"MESSAGE": "back"})
        said += drained(journal, server)

    assert lost == 3
    assert said == [*map(str, range(MAX_WAITING)), "3 journal entries were lost", "back"]
    assert journal.lost == 0


def test_entries_to_be_kept_take_the_place_of_others(tmp_path: Path, journal: Journal) -> None:
    """The oldest that is not to be kept goes first; none that is goes for one that is not."""
    for number in range(MAX_WAITING):
        journal.write({"MESSAGE": f"old {number}"}, keep=number >= 2)
    for number in range(3):
        journal.write({"MESSAGE": f"new {number}"}, keep=True)
    journal.write({"MESSAGE": "spare"})
    lost = journal.lost
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as server:
        server.bind(str(tmp_path / "journal.sock"))
        said = drained(journal, server)

    assert lost == 4
    assert said == [*(f"old {number}" for number in range(2, MAX_WAITING)), "new 0", "new 1"]


def test_what_waits_is_bounded_in_bytes_too(journal: Journal) -> None:
    """Large entries are fewer."""
    entry = {"MESSAGE": "x" * 60_000}
    fitting = MAX_WAITING_BYTES // len(serialize(entry))

    for _ in range(fitting + 1):
        journal.write(entry, keep=True)

    assert fitting < MAX_WAITING
    assert journal.lost == 1


def test_the_loss_is_an_entry_with_an_id(tmp_path: Path, journal: Journal) -> None:
    """So that an auditor can ask for it."""
    for number in range(MAX_WAITING + 2):
        journal.write({"MESSAGE": str(number), "SYSLOG_IDENTIFIER": "green-x"})
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as server:
        server.bind(str(tmp_path / "journal.sock"))
        drained(journal, server)
        journal.write({"MESSAGE": "back", "SYSLOG_IDENTIFIER": "green-x"})
        loss = parse(server.recv(4096))

    assert loss["GREEN_EVENT"] == "journal.lost"
    assert loss["MESSAGE_ID"] == message_id("journal.lost")
    assert (loss["GREEN_ENTRIES"], loss["SYSLOG_IDENTIFIER"]) == ("2", "green-x")


def test_an_entry_larger_than_a_datagram_is_counted(journal: Journal, server: socket.socket) -> None:
    """It blocks nobody behind it."""
    journal.write({"MESSAGE": "x" * MAX_ENTRY_BYTES})
    journal.write({"MESSAGE": "next"})

    assert [parse(server.recv(4096))["MESSAGE"] for _ in range(2)] == ["1 journal entries were lost", "next"]


@pytest.mark.parametrize("stream", ["", "7", "7:", ":7", "a:b", "0:0"])
def test_anything_else_is_not_the_journal(stream: str) -> None:
    """No variable, a broken one, or another file's."""
    assert not under_journal({"JOURNAL_STREAM": stream})


def test_the_journal_is_known_by_device_and_inode(tmp_path: Path) -> None:
    """As systemd.exec(5) says."""
    with (tmp_path / "stream").open("w") as stream:
        status = os.fstat(stream.fileno())
        environ = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}

        assert under_journal(environ, stream.fileno())
        assert not under_journal({}, stream.fileno())
