# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen bench` as a user types it, on the simulation: to its table, stopped before, and refused."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from integration.test_demo import processes_of

ROOT = Path(__file__).parents[2]
SOURCES = os.pathsep.join(str(ROOT / part) for part in ("shared", "daemons", "cli", "sim"))
SHORT = ("--simulate", "--quick", "--clients", "4", "--window-s", "2", "--rest-s", "1")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where bench puts its own folder; short, for the names of sockets."""
    with tempfile.TemporaryDirectory(prefix="green-") as name:
        yield Path(name)


def test_one_pair_ends_with_the_table_and_the_files(folder: Path, tmp_path: Path) -> None:
    """Both arms were measured, the phases come from receipts, and nothing is left of it."""
    out = str(tmp_path / "out")
    bench = start_bench(folder, *SHORT, "--pairs", "1", "--clients", "8", "--window-s", "6", "--out", out)

    said, complaint = bench.communicate(timeout=110)

    assert bench.returncode == 0, complaint
    assert "yield, tokens/s/W" in said
    assert "All figures are simulated." in said
    saved = json.loads((tmp_path / "out" / "bench.json").read_text())
    before, after = saved["runs"]
    assert (before["arm"], after["arm"], saved["complete"]) == ("before", "after", True)
    assert before["idle_power_w"] > after["idle_power_w"] + 30
    assert after["phases"] is None or after["phases"]["receipts"] > 0
    assert before["tokens"] > 0 and before["energy_j"] > before["uncertainty_j"] > 0
    assert len(list(csv.reader((tmp_path / "out" / "bench.csv").read_text().splitlines()))) == 3
    assert "Simulated" in (tmp_path / "out" / "bench.html").read_text()
    assert not list(folder.iterdir())
    assert not processes_of(folder)


def test_no_text_of_the_dialogues_is_in_the_files(folder: Path, tmp_path: Path) -> None:
    """They are the user's own."""
    secret = "the cat sat on the piano"
    (load := tmp_path / "load.jsonl").write_text(json.dumps([{"role": "user", "content": secret}]) + "\n")
    options = ("--pairs", "1", "--only", "before", "--load", str(load), "--out", str(tmp_path / "out"))

    said, complaint = start_bench(folder, *SHORT, *options).communicate(timeout=60)

    written = [path.read_text() for path in (tmp_path / "out").iterdir()]
    assert len(written) == 3, complaint
    assert not any("piano" in text for text in (said, complaint, *written))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_ends_what_it_started_and_keeps_what_is_finished(
    folder: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """The first run is saved as a partial result; impatience makes no difference."""
    bench = start_bench(folder, *SHORT, "--pairs", "9", "--only", "before", "--out", str(tmp_path / "out"))
    wait_for(lambda: len(logs_of(folder)) > 0)
    # Two starts of the simulation in one log: the first run is over and the second one has begun.
    wait_for(lambda: logs_of(folder)[0].read_text().count("ready") >= 2)

    bench.send_signal(number)
    bench.send_signal(number)
    said, complaint = bench.communicate(timeout=30)

    assert bench.returncode == 128 + number
    assert "Stopped early: this is a partial result." in said
    saved = json.loads((tmp_path / "out" / "bench.json").read_text())
    assert (saved["complete"], len(saved["runs"])) == (False, 1)
    assert "Traceback" not in complaint
    assert not list(folder.iterdir())
    assert not processes_of(folder)


def test_a_broken_line_is_named_before_anything_starts(folder: Path, tmp_path: Path) -> None:
    """File, line and what one looks like."""
    (load := tmp_path / "load.jsonl").write_text('[{"role": "user", "content": "x"}]\n{"messages": 5}\n')

    bench = start_bench(folder, *SHORT, "--load", str(load))
    said, complaint = bench.communicate(timeout=30)

    assert bench.returncode == os.EX_DATAERR
    assert f"{load}: line 2: 'messages' is not a list of messages" in complaint
    assert said == ""


def test_saved_results_are_compared_or_refused(folder: Path, tmp_path: Path) -> None:
    """The same load can be, another seed's can't."""
    for seed in ("1", "2"):
        options = ("--pairs", "1", "--only", "before", "--seed", seed, "--out", str(tmp_path / seed))
        start_bench(folder, *SHORT, *options).communicate(timeout=60)
    one, two = (str(tmp_path / seed / "bench.json") for seed in ("1", "2"))

    alike, other = start_bench(folder, "--compare", one, one), start_bench(folder, "--compare", one, two)
    alike_said, other_said = alike.communicate(timeout=30)[0], other.communicate(timeout=30)[0]

    assert (alike.returncode, other.returncode) == (0, 1)
    assert "change" in alike_said.splitlines()[0]
    assert "change" not in other_said.splitlines()[0]
    assert "other load: seed 1 and 2" in other_said


def test_thinking_on_and_off_are_compared_and_named(folder: Path, tmp_path: Path) -> None:
    """As the man page has it: the fields of each result are in its file, and the table names what differs."""
    arms = {"thinking": (), "plain": ("--fields", '{"think": false}')}
    for name, fields in arms.items():
        options = ("--pairs", "1", "--only", "before", *fields, "--out", str(tmp_path / name))
        start_bench(folder, *SHORT, *options).communicate(timeout=60)
    files = [str(tmp_path / name / "bench.json") for name in arms]

    compared = start_bench(folder, "--compare", *files)
    said, complaint = compared.communicate(timeout=30)

    saved = [json.loads(Path(file).read_text())["runs"][0]["on"]["request_fields"] for file in files]
    assert saved == [{}, {"think": False}]
    assert compared.returncode == 0, complaint
    assert "change" in said.splitlines()[0]
    assert "The requests differ in their fields: think not given before, false after" in said


def test_a_soak_tells_the_worst_and_memory(folder: Path, tmp_path: Path) -> None:
    """Through green-proxy, window by window."""
    options = ("--simulate", "--clients", "4", "--hours", "0.01", "--json", "--out", str(tmp_path / "out"))

    said, complaint = start_bench(folder, *options).communicate(timeout=110)

    saved = json.loads(said)
    assert saved["soak"], complaint
    assert len(saved["runs"]) >= 15
    assert all(run["memory_bytes"]["green-proxy"] > 1 << 20 for run in saved["runs"])
    assert "Memory of green-proxy" in (tmp_path / "out" / "bench.html").read_text()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--clients=0",), "a whole number from 1"),
        (("--window-s=nan",), "a number from 1"),
        (("--dialogues=9", "--window-s=9"), "leave one out"),
        (("--simulate", "--before=http://127.0.0.1:1"), "leave one out"),
        (("--before-command=llama-server",), "{port}"),
        (("--fields=7",), "an object"),
    ],
)
def test_what_does_not_go_together_is_refused(folder: Path, options: tuple[str, ...], complaint: str) -> None:
    """With what is allowed, before anything is started."""
    bench = start_bench(folder, *options)

    said, complained = bench.communicate(timeout=30)

    assert bench.returncode == os.EX_USAGE
    assert complaint in complained
    assert said == ""


def test_a_server_that_is_not_there_is_named(folder: Path, tmp_path: Path) -> None:
    """With its address."""
    bench = start_bench(folder, "--before", "http://127.0.0.1:9", "--only", "before")

    _, complaint = bench.communicate(timeout=30)

    assert bench.returncode == os.EX_UNAVAILABLE
    assert "http://127.0.0.1:9" in complaint
    assert "Traceback" not in complaint


def start_bench(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    # Who runs the tests in the background has them ignore Ctrl-C, and so would bench.
    terminal = ("env", "--default-signal=INT,HUP")
    return subprocess.Popen(
        [*terminal, sys.executable, "-m", "green_qwen", "bench", *arguments],
        env={**os.environ, "PYTHONPATH": SOURCES, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def logs_of(folder: Path) -> list[Path]:
    return list(folder.glob("green-bench-*/green-sim.log"))


def wait_for(arrived: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 60
    while not arrived():
        assert time.monotonic() < until_s
        time.sleep(0.1)
