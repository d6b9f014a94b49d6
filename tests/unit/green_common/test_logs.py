# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Fields for a machine, a line for a person."""

from __future__ import annotations

import io
import json
import logging
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from green_common import journal
from green_common.journal import message_id
from green_common.logs import configure_logs, get_log, journal_fields, json_line, set_level, terminal_line


@pytest.fixture(autouse=True)
def fresh_logs() -> Iterator[None]:
    """Nothing of a test's logging outlives it."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def fields(**more: Any) -> dict[str, Any]:
    return {"event": "clocks.lowered", "level": "info", **more}


def test_the_journal_gets_a_line_and_fields() -> None:
    """Numbers plain, nesting as JSON, None not at all."""
    entry = journal_fields(
        "green-idle",
        fields(say="rests", gpus=["a"], power_w=71.5, count=3, held=True, simulated=None, gpu="GPU-a"),
    )

    assert entry == {
        "MESSAGE": "rests",
        "MESSAGE_ID": message_id("clocks.lowered"),
        "PRIORITY": "6",
        "SYSLOG_IDENTIFIER": "green-idle",
        "GREEN_EVENT": "clocks.lowered",
        "GREEN_GPUS": '["a"]',
        "GREEN_POWER_W": "71.5",
        "GREEN_COUNT": "3",
        "GREEN_HELD": "true",
        "GREEN_GPU": "GPU-a",
    }


def test_with_an_index_all_figures_are_in_one_field() -> None:
    """Named after the event; only what is worth a search has its own."""
    entry = journal_fields(
        "x",
        fields(say="rests", indexed=("gpu", "client"), gpu="GPU-ä", power_w=71.5, client=None),
    )

    assert {name: value for name, value in entry.items() if name.startswith("GREEN_")} == {
        "GREEN_EVENT": "clocks.lowered",
        "GREEN_GPU": "GPU-ä",
        "GREEN_CLOCKS_LOWERED": '{"gpu":"GPU-ä","power_w":71.5}',
    }


def test_elsewhere_an_index_is_no_matter(capsys: pytest.CaptureFixture[str]) -> None:
    """All fields stay side by side."""
    configure_logs("x", "info", {"GREEN_LOG_FORMAT": "json"})

    get_log().info("a.b", say="hello", indexed=("n",), keep=True, n=1, m=2)

    parsed = json.loads(capsys.readouterr().err)
    assert (parsed["n"], parsed["m"]) == (1, 2)
    assert not {"indexed", "keep"} & set(parsed)


@pytest.mark.parametrize(
    ("level", "priority"),
    [("debug", "7"), ("info", "6"), ("warning", "4"), ("error", "3"), ("critical", "2")],
)
def test_levels_are_the_journals_priorities(level: str, priority: str) -> None:
    """As syslog(3) numbers them."""
    assert journal_fields("x", {"event": "a", "level": level})["PRIORITY"] == priority


def test_without_a_line_event_and_fields_are_one() -> None:
    """Better than nothing to read."""
    assert journal_fields("x", fields(power_w=1.5))["MESSAGE"] == "clocks.lowered power_w=1.5"


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("info", "x: rests"),
        ("debug", "x: rests"),
        ("warning", "x: warning: rests"),
        ("error", "x: error: rests"),
    ],
)
def test_a_terminal_gets_a_plain_line(level: str, expected: str) -> None:
    """With the time, and the level where it matters."""
    line = terminal_line("x", {"event": "a", "level": level, "say": "rests"}, 0.0)

    clock, _, rest = line.partition(" ")
    assert len(clock.split(":")) == 3
    assert rest == expected


def test_json_has_everything() -> None:
    """One object a line."""
    parsed = json.loads(json_line("x", fields(say="a\nb", path=Path("/a")), 1.5))

    assert parsed == {
        "time_s": 1.5,
        "identifier": "x",
        "event": "clocks.lowered",
        "level": "info",
        "say": "a\nb",
        "path": "/a",
    }


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    """And what is above goes to stderr."""
    configure_logs("green-idle", "warning", {})

    get_log().info("a.b", say="quiet")
    get_log().warning("a.b", say="loud")

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith(" green-idle: warning: loud\n")
    assert "quiet" not in captured.err


def test_the_environment_may_ask_for_json(capsys: pytest.CaptureFixture[str]) -> None:
    """For tests and for other collectors."""
    configure_logs("green-idle", "info", {"GREEN_LOG_FORMAT": "json"})

    get_log().info("a.b", say="hello", n=1)

    assert json.loads(capsys.readouterr().err)["n"] == 1


def test_a_reader_of_stderr_that_is_gone_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed pipe or a closed file."""
    configure_logs("green-idle", "info", {})
    closed = io.StringIO()
    closed.close()
    read, write = os.pipe()
    os.close(read)
    pipe = os.fdopen(write, "w", buffering=1)

    for stream in (closed, pipe):
        monkeypatch.setattr(sys, "stderr", stream)
        get_log().info("a.b", say="hello")

    monkeypatch.undo()
    with pytest.raises(BrokenPipeError):
        pipe.close()


def test_under_systemd_it_is_a_journal_entry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Through the native socket, not through stderr."""
    path = str(tmp_path / "journal.sock")
    status = os.fstat(2)
    made: list[journal.Journal] = []

    def make() -> journal.Journal:
        made.append(journal.Journal(path))
        return made[0]

    monkeypatch.setattr("green_common.logs.Journal", make)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(path)
        configure_logs("green-idle", "info", {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
        get_log().info("a.b", say="hello", power_w=3.0)

        assert b"MESSAGE=hello\n" in (entry := server.recv(4096))
        assert b"GREEN_POWER_W=3\n" in entry
    made[0].close()


def test_another_level_loses_nothing_that_waits_for_the_journal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A reload while the journal is away."""
    path = str(tmp_path / "journal.sock")
    status = os.fstat(2)
    kept = journal.Journal(path)
    monkeypatch.setattr("green_common.logs.Journal", lambda: kept)
    configure_logs("green-idle", "info", {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
    get_log().info("a.b", say="while it is away")
    monkeypatch.setattr("green_common.logs.Journal", lambda: journal.Journal(path))

    set_level("debug")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(path)
        server.settimeout(5)
        get_log().debug("a.b", say="back")
        entries = [server.recv(4096), server.recv(4096)]
    kept.close()

    assert [b"MESSAGE=while it is away\n" in entries[0], b"MESSAGE=back\n" in entries[1]] == [True, True]


def test_warnings_of_libraries_come_in_our_form(capsys: pytest.CaptureFixture[str]) -> None:
    """With the exception in one line; what is less is nobody's business."""
    configure_logs("green-proxy", "info", {})

    logging.getLogger("uvicorn").info("chatter")
    logging.getLogger("uvicorn").warning("port %d", 7)
    try:
        raise ValueError("inside")
    except ValueError:
        logging.getLogger("asyncio").exception("callback failed")

    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(" ")[2] for line in lines] == [
        "green-proxy: warning: uvicorn: port 7",
        "green-proxy: warning: asyncio: callback failed (ValueError: inside)",
    ]
