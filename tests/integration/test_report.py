# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-qwen report over real journal files, read by the real journalctl."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from integration.journal_files import (
    JOURNAL_REMOTE,
    START_S,
    UTC,
    gathered_entry,
    receipt,
    receipt_entry,
    window_entry,
    write_journal,
)

pytestmark = pytest.mark.skipif(
    not JOURNAL_REMOTE.exists(),
    reason="wants Debian's package systemd-journal-remote: scripts/test installs it",
)


def _report(*arguments: object, user: int | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "green_qwen", "report", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=UTC, user=user, check=False
    )


def _json(*arguments: object) -> dict[str, Any]:
    ran = _report("--json", *arguments)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def _hour(at_s: float) -> list[dict[str, Any]]:
    """An hour with six windows at rest, one receipt and three gathered ones."""
    windows = [window_entry(at_s + minute * 60, 600.0) for minute in range(0, 60, 10)]
    three = [receipt(at_s + 1900, f"{at_s}{name}", client="bob") for name in "abc"]
    others = [receipt_entry(at_s + 650, f"{at_s}r"), gathered_entry(at_s + 1901, three)]
    return sorted([*windows, *others], key=lambda entry: int(entry["__REALTIME_TIMESTAMP"]))


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty hours of one machine."""
    folder = tmp_path_factory.mktemp("journal")
    entries = [entry for hour in range(30) for entry in _hour(START_S + hour * 3600)]
    return write_journal(folder / "copied.journal", entries)


def test_a_copied_journal_is_added_up(journal: Path) -> None:
    """By day: the windows' joules, the receipts one by one, and books that balance."""
    found = _json("--file", journal)

    total = found["total"]
    assert total["gpu_energy_j"] == 30 * 6 * 60_000
    parts = sum(total[name] for name in ("baseline_j", "generations_j", "others_j", "unattributed_j"))
    assert (parts, total["balance_j"]) == (total["gpu_energy_j"], 0)
    assert (total["requests"], total["requests_j"], total["tokens_per_j"]) == (120, 12_000, 0.333333)
    assert [row["day"] for row in found["rows"]] == ["2026-03-01", "2026-03-02"]
    assert sum(row["gpu_energy_j"] for row in found["rows"]) == total["gpu_energy_j"]
    assert found["notes"] == []


@pytest.mark.parametrize("by", ["hour", "model", "client", "machine", "phase", "day,client", "hour,phase"])
def test_rows_add_up_by_whatever_they_are_grouped(journal: Path, by: str) -> None:
    """Each grouping holds the same requests' joules."""
    found = _json("--file", journal, "--by", by)

    assert sum(row["requests_j"] or 0 for row in found["rows"]) == pytest.approx(12_000, abs=0.001)


def test_times_are_journalctls_own(journal: Path) -> None:
    """Its grammar, and the range shown as systemd understood it."""
    found = _json("--file", journal, "--since=2026-03-01 12:00", "--until=2026-03-01 14:00:00 UTC")

    assert found["range"]["since_text"] == "2026-03-01 12:00:00 UTC"
    assert found["range"]["until_s"] == START_S + 14 * 3600
    assert found["total"]["requests"] == 8


def test_reports_of_adjoining_times_add_up(journal: Path) -> None:
    """What lies over the edge between them is in one of them, whole, and is said there."""
    edge = "2026-03-01 12:05:00"
    before, after = _json("--file", journal, f"--until={edge}"), _json("--file", journal, f"--since={edge}")

    assert before["total"]["gpu_energy_j"] + after["total"]["gpu_energy_j"] == 30 * 6 * 60_000
    assert {note["name"] for note in after["notes"]} == {"early_windows"}


def test_several_machines_are_told_apart(tmp_path: Path, journal: Path) -> None:
    """A folder of journals as systemd-journal-remote collects them; two hosts of one name are two."""
    for number, name in enumerate(("gpu2", "gpu1"), 1):
        trusted = {"_MACHINE_ID": str(number) * 32, "_HOSTNAME": name, "_BOOT_ID": str(number) * 32}
        entries = [{**entry, **trusted} for entry in _hour(START_S)]
        write_journal(tmp_path / f"remote-{number}.journal", entries)
    (tmp_path / "remote-own.journal").write_bytes(journal.read_bytes())

    found = _json("-D", tmp_path, "--by", "machine")

    energy = {row["machine"]: row["gpu_energy_j"] for row in found["rows"]}
    assert energy == {"gpu1 (bbbbbbbb)": 10_800_000, "gpu1 (22222222)": 360_000, "gpu2": 360_000}
    assert found["gpus"] == 3


def test_a_journal_that_was_copied_twice_counts_once(tmp_path: Path, journal: Path) -> None:
    """journalctl tells that the entries are the same ones."""
    for name in ("one.journal", "two.journal"):
        (tmp_path / name).write_bytes(journal.read_bytes())

    assert _json("-D", tmp_path)["total"] == _json("--file", journal)["total"]


def test_what_others_wrote_is_left_out(tmp_path: Path) -> None:
    """Only entries count whose trusted unit is green-telemetry's."""
    fakes = [receipt_entry(START_S + 9, "fake", trusted={"_SYSTEMD_UNIT": "cron.service"}, energy_j=1e9)]
    path = write_journal(tmp_path / "mixed.journal", [receipt_entry(START_S + 5, "own"), *fakes])

    ran = _report("--file", path)

    assert "1 request, 1 of them answered" in ran.stdout
    assert "1 entry looks like green-telemetry's but was written by cron.service: left out" in ran.stdout


def test_simulated_figures_are_marked(tmp_path: Path) -> None:
    """Where nothing else is there they are shown, as what they are, in each form."""
    path = write_journal(tmp_path / "simulated.journal", [receipt_entry(START_S + 5, "r", simulated=True)])

    ran = _report("--file", path, "--html", tmp_path / "page.html")

    assert "simulated" in ran.stdout.splitlines()[0]
    assert "Simulated: " in (tmp_path / "page.html").read_text()
    assert _json("--file", path)["simulated"] is True
    assert _report("--file", path, "--csv").stdout.splitlines()[1].endswith(",true")


def test_csv_has_a_line_a_row_and_no_formula(tmp_path: Path) -> None:
    """A client's name must not become a spreadsheet's formula."""
    entries = [receipt_entry(START_S + 5, "r", client='=1+1,"x"')]
    path = write_journal(tmp_path / "formula.journal", entries)

    (row,) = csv.DictReader(io.StringIO(_report("--file", path, "--by", "client", "--csv").stdout))

    assert row["client"] == '\'=1+1,"x"'
    assert (row["requests"], row["requests_j"], row["gpu_energy_j"]) == ("1", "100.0", "")


def test_the_page_has_plots_and_escapes_names(tmp_path: Path, journal: Path) -> None:
    """One file, with drawings of energy over time and by client."""
    evil = write_journal(tmp_path / "evil.journal", [receipt_entry(START_S + 5, "r", client="<script>")])

    ran = _report("--file", journal, "--file", evil, "--html", tmp_path / "page.html")

    page = (tmp_path / "page.html").read_text()
    assert ran.returncode == 0
    assert page.count("<svg viewBox=") > 4
    assert "Energy by hour" in page and "<script" not in page and "&lt;script&gt;" in page


def test_estimates_come_where_the_factors_are_set(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Money and carbon of what was drawn at the wall."""
    assert "cost_estimate" not in _json("--file", journal)["total"]
    for name, value in (("PUE", "1.5"), ("PRICE_PER_KWH", "0.4"), ("CARBON_G_PER_KWH", "300")):
        monkeypatch.setitem(UTC, f"GREEN_TELEMETRY_{name}", value)

    total = _json("--file", journal)["total"]

    assert total["wall_kwh_estimate"] == pytest.approx(4.5)
    assert total["cost_estimate"] == pytest.approx(1.8)
    assert total["carbon_g_estimate"] == pytest.approx(1350)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--since=the day before"], os.EX_USAGE, "systemd.time(7)"),
        (["--by=colour"], os.EX_USAGE, "hour, day, model, client, phase, machine"),
        (
            ["--since=2030-01-01"],
            os.EX_UNAVAILABLE,
            "no window of green-telemetry in that time",
        ),
    ],
)
def test_what_is_asked_wrongly_is_told(journal: Path, arguments: list[str], code: int, said: str) -> None:
    """With what is allowed."""
    ran = _report("--file", journal, *arguments)

    assert (ran.returncode, ran.stdout) == (code, "")
    assert said in ran.stderr


def test_files_that_are_no_journal_are_named(tmp_path: Path) -> None:
    """What journalctl says of them is passed on."""
    (tmp_path / "broken.journal").write_bytes(os.urandom(4096))

    missing, broken = _report("--file", tmp_path / "none"), _report("--file", tmp_path / "broken.journal")

    assert missing.returncode == broken.returncode == os.EX_UNAVAILABLE
    assert "No such file" in missing.stderr and "the journal could not be read" in broken.stderr


def test_a_journal_cut_short_is_said(tmp_path: Path, journal: Path) -> None:
    """What can be read of it is counted, or why nothing can is told; never a silent half."""
    cut = tmp_path / "cut.journal"
    cut.write_bytes(journal.read_bytes()[: 96 * 1024])

    ran = _report("--file", cut)

    assert ran.returncode != 0 or "note:" in ran.stdout


def test_a_reader_that_left_gets_no_traceback(journal: Path) -> None:
    """As with `| head`: it ends by SIGPIPE, which shells show as 141."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "green_qwen", "report", "--file", str(journal)]

    ran = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=60, env=UTC, check=False)
    os.close(writer)

    assert (ran.returncode, ran.stderr) == (-signal.SIGPIPE, b"")
