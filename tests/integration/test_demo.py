# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen demo` as a user types it: to its table, and ended before."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = os.pathsep.join(str(ROOT / part) for part in ("shared", "daemons", "cli", "sim"))
GONE_S = 10.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the demo puts its own folder; short, for the names of sockets."""
    with tempfile.TemporaryDirectory(prefix="green-") as name:
        yield Path(name)


def test_it_ends_with_the_table_the_receipts_and_the_books(folder: Path) -> None:
    """Both halves are played, and nothing is left of them."""
    demo = start_demo(folder, "--clients", "2", "--load-s", "2", "--tune-s", "8")

    said, _ = demo.communicate(timeout=100)

    assert demo.returncode == 0
    assert [line for line in said.splitlines() if line.startswith("yield, tokens/s/W")]
    assert "receipts in the journal's format" in said
    assert "The books: counter" in said
    assert "simulated" in said
    assert re.search(r"^chosen: [12];", said, re.MULTILINE)
    assert "slots, which the tune above has chosen" in said
    assert not list(folder.iterdir())
    assert not processes_of(folder)


def test_json_is_alone_on_its_output(folder: Path) -> None:
    """What goes on is for people, on the other one."""
    demo = start_demo(folder, "--clients", "2", "--load-s", "2", "--tune-s", "0", "--json")

    said, told = demo.communicate(timeout=100)

    content = json.loads(said)
    assert content["simulated"] is True
    assert content["before"]["tokens_per_s_per_w"] > 0
    assert content["after"]["idle_power_w"] < content["before"]["idle_power_w"]
    assert "The books: counter" in told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_ends_what_it_started(folder: Path, number: signal.Signals) -> None:
    """Impatience on the way makes no difference."""
    demo = demo_under_load(folder)

    demo.send_signal(number)
    demo.send_signal(number)
    demo.communicate(timeout=30)

    assert demo.returncode == 128 + number
    assert not list(folder.iterdir())
    assert not processes_of(folder)


def test_a_stop_in_the_midst_of_its_tune_ends_that_too(folder: Path) -> None:
    """Its server is another one than the demo's."""
    demo = start_demo(folder, "--tune-s", "30")
    assert demo.stdout is not None
    while "1. default" not in demo.stdout.readline():
        assert demo.poll() is None
    while not processes_of(folder):
        time.sleep(0.05)

    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=30)

    assert demo.returncode == 128 + signal.SIGINT
    assert not list(folder.iterdir())
    assert not processes_of(folder)


def test_a_kill_ends_what_it_started(folder: Path) -> None:
    """The kernel tells them, since nobody else can."""
    demo = demo_under_load(folder)

    demo.kill()
    demo.communicate(timeout=30)

    until_s = time.monotonic() + GONE_S
    while processes_of(folder) and time.monotonic() < until_s:
        time.sleep(0.1)
    assert not processes_of(folder)


def test_a_reader_that_leaves_gets_no_traceback(folder: Path) -> None:
    """As in `scripts/demo | head`."""
    demo = demo_under_load(folder)
    assert demo.stdout is not None
    assert demo.stderr is not None

    demo.stdout.close()
    with demo.stderr:
        complaint = demo.stderr.read()
    demo.wait(timeout=30)

    assert demo.returncode == 128 + signal.SIGPIPE
    assert complaint == ""
    assert not processes_of(folder)


@pytest.mark.parametrize(
    "option", ["--clients=0", "--clients=many", "--load-s=-1", "--load-s=nan", "--tune-s=-1", "--tune-s=nan"]
)
def test_a_figure_that_makes_no_load_is_refused(folder: Path, option: str) -> None:
    """With what is allowed, before anything is started."""
    demo = start_demo(folder, option)

    said, complaint = demo.communicate(timeout=30)

    assert demo.returncode == os.EX_USAGE
    assert re.search(r"number from [01] to", complaint)
    assert said == ""


def demo_under_load(folder: Path) -> subprocess.Popen[str]:
    demo = start_demo(folder, "--tune-s", "0")
    assert demo.stdout is not None
    while not demo.stdout.readline().startswith("before  load"):
        assert demo.poll() is None
    assert processes_of(folder)
    return demo


def start_demo(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    # Who runs the tests in the background has them ignore Ctrl-C, and so would the demo.
    terminal = ("env", "--default-signal=INT,HUP")
    return subprocess.Popen(
        [*terminal, sys.executable, "-m", "green_qwen", "demo", "--simulate", *arguments],
        env={**os.environ, "PYTHONPATH": SOURCES, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def processes_of(folder: Path) -> list[str]:
    """The command lines of all that were started with that folder for their files."""
    mark = f"TMPDIR={folder}\0".encode()
    return [line for path in Path("/proc").glob("[0-9]*") if (line := command_line_of(path, mark))]


def command_line_of(process: Path, mark: bytes) -> str:
    try:
        marked = mark in (process / "environ").read_bytes()
        return (process / "cmdline").read_text() if marked else ""
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""
