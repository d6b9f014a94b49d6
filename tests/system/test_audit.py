# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The journal of green-telemetry as an administrator and an auditor read it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from system.machine import wait_for
from system.server import Entry, Server

MANUAL = Path(__file__).parents[2] / "docs" / "man" / "green-telemetry.8.scd"
TRUSTED = "_SYSTEMD_UNIT=green-telemetry.service"
MAX_RECEIPT_BYTES, MAX_BATCH_BYTES, MAX_WINDOW_BYTES = 2000, 16_384, 1330
# What the journal's files hold at the end of their last object, from their headers.
USED = """
import glob, struct, subprocess
subprocess.run(["journalctl", "--sync"], check=True)
total = 0
for path in glob.glob("/var/log/journal/*/*.journal") + glob.glob("/run/log/journal/*/*.journal"):
    with open(path, "rb") as file:
        total += struct.unpack_from("<Q", file.read(144), 136)[0]
print(total)
"""
# The same entries once more, as the service itself would write them.
AGAIN = """
import json, socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
    for number, entry in enumerate(json.loads(sys.argv[1]) * int(sys.argv[2])):
        fields = {**entry, "MESSAGE": f"{number:06d} {entry['MESSAGE']}"[:len(entry["MESSAGE"])]}
        if "GREEN_REQUEST" in fields:
            fields["GREEN_REQUEST"] = f"{number:06d}" + fields["GREEN_REQUEST"][6:]
            fields["GREEN_ENERGY_J"] = f"{float(fields['GREEN_ENERGY_J']) + number / 1000:.3f}"
        name = fields["GREEN_EVENT"].upper()
        figures = fields["GREEN_" + name]
        fields["GREEN_" + name] = figures[:-1] + f',"n":{number}' + "}"
        lines = "".join(f"{name}={value}\\n" for name, value in fields.items())
        journal.sendto(lines.encode(), "/run/systemd/journal/socket")
"""


@pytest.fixture(scope="module")
def audited(server: Server) -> Server:
    """After some chats one by one, and many at once that are gathered; stopped, so that all is written."""
    server.machine.write(
        "/etc/green-qwen/green-qwen.d/audit.toml",
        b"[telemetry]\ngather_above_per_s = 2\nprice_per_kwh = 0.3\n",
    )
    server.machine.run("systemctl", "reset-failed", "green-telemetry")
    server.machine.run("systemctl", "restart", "green-telemetry")
    for question in ("What is a joule?", "And a watt?"):
        server.chat(question)
    wait_for("the receipts", lambda: len(receipts(server)) >= 2, 20.0)
    server.chat_together(8)
    wait_for("all receipts", lambda: len(receipts(server)) >= 10, 30.0)
    server.machine.run("systemctl", "reset-failed", "green-telemetry")
    server.machine.run("systemctl", "restart", "green-telemetry")
    return server


def entries(server: Server, *events: str) -> list[Entry]:
    """What the service itself wrote, oldest first."""
    wanted = [f"GREEN_EVENT={event}" for event in events]
    lines = server.machine.run("journalctl", "-a", "-o", "json", TRUSTED, *wanted)
    return [json.loads(line) for line in lines.splitlines() if line.startswith("{")]


def receipts(server: Server) -> list[dict[str, Any]]:
    """Those with an entry of their own, and those gathered."""
    found: list[dict[str, Any]] = []
    for entry in entries(server, "receipt", "receipts"):
        one = entry.get("GREEN_RECEIPT")
        found += [json.loads(one)] if one else json.loads(entry["GREEN_RECEIPTS"])
    return found


def test_the_journal_begins_with_who_writes_it(audited: Server) -> None:
    """Versions, the GPU, and the configuration's digest, which changes with it."""
    starts = entries(audited, "start")

    told = json.loads(starts[-1]["GREEN_START"])
    assert told["gpu_uuids"] == [audited.gpu()["uuid"]]
    assert told["pynvml_version"] and told["driver_version"] and told["python_version"]
    assert len(starts[-1]["GREEN_CONFIG_DIGEST"]) == 64
    assert starts[0]["GREEN_CONFIG_DIGEST"] != starts[-1]["GREEN_CONFIG_DIGEST"]


def test_windows_and_receipts_add_up_from_the_journal_alone(audited: Server) -> None:
    """Each window to its counter's difference, and all receipts to the windows' generations."""
    windows = [json.loads(entry["GREEN_WINDOW"]) for entry in entries(audited, "window")]

    for window in windows:
        accounts_j = window["baseline_j"] + window["generations_j"] + window["unattributed_j"]
        accounts_j += window.get("others_j", 0.0)
        assert accounts_j == pytest.approx(window["energy_j"], abs=0.01)
        assert window["energy_j"] == pytest.approx(
            window["counter_last_j"] - window["counter_first_j"], abs=0.01
        )
    receipts_j = sum(receipt.get("energy_j", 0.0) for receipt in receipts(audited))
    generations_j = sum(window["generations_j"] for window in windows)
    assert receipts_j == pytest.approx(generations_j, abs=0.5)
    assert any("cost_estimate" in window for window in windows)


def test_receipts_that_come_quickly_share_an_entry(audited: Server) -> None:
    """None is lost, and each is still found by its id."""
    gathered = [entry for entry in entries(audited, "receipts") if "GREEN_RECEIPTS" in entry]

    ids = [receipt["request"] for receipt in receipts(audited)]
    assert gathered
    assert len(ids) == len(set(ids)) >= 10


@pytest.mark.parametrize("event", ["start", "receipt", "receipts", "window"])
def test_journalctl_explains_each_entry(audited: Server, event: str) -> None:
    """With the entry's own figures in the catalog's text."""
    explained = audited.machine.run("journalctl", "-x", TRUSTED, f"GREEN_EVENT={event}")

    assert "Subject: " in explained
    assert not re.search(r"@GREEN_\w+@", explained)


def test_the_manuals_command_says_which_client_used_how_many_joules(audited: Server) -> None:
    """The one in Python, as it stands there, but for today."""
    page = MANUAL.read_text().partition("# WHICH CLIENT USED")[2]
    command = page.partition("nothing but Python:")[2].partition("```\n")[2].partition("```")[0]
    command = command.replace("--since yesterday --until today", "--since today")

    rows = [line.split() for line in audited.machine.run("sh", "-c", command).splitlines()]

    told_j = sum(float(joules) for joules, _, _ in rows)
    requests = sum(int(count) for _, count, _ in rows)
    found = receipts(audited)
    assert requests == len(found)
    found_j = sum(receipt.get("energy_j", 0.0) for receipt in found)
    assert told_j == pytest.approx(found_j, abs=0.01)


@pytest.mark.parametrize(
    ("event", "most_bytes"), [("receipt", MAX_RECEIPT_BYTES), ("window", MAX_WINDOW_BYTES)]
)
def test_an_entry_takes_little_of_the_journal(audited: Server, event: str, most_bytes: int) -> None:
    """As the journal's files grow, with all that it adds by itself."""
    fields = [
        {name: value for name, value in entry.items() if not name.startswith("_")}
        for entry in entries(audited, event)
        if len(entry["GREEN_" + event.upper()]) > 300
    ][-1:]
    again = [
        "systemd-run", "--quiet", "--wait", "--unit=again", "--property=LogRateLimitIntervalSec=0",
        "/usr/bin/python3", "-c", AGAIN, json.dumps(fields),
    ]  # fmt: skip
    audited.machine.run(*again, "20")
    before = int(audited.machine.run("/usr/bin/python3", "-c", USED))

    audited.machine.run(*again, "200")

    after = int(audited.machine.run("/usr/bin/python3", "-c", USED))
    print(f"{event}: {(after - before) / 200:.0f} bytes of journal an entry")
    assert (after - before) / 200 <= most_bytes, shlex.join(fields[0])


def test_the_journal_reads_like_an_audit(audited: Server) -> None:
    """Every line says something, in words, and marks what is simulated."""
    lines = audited.machine.run("journalctl", "-o", "cat", TRUSTED).splitlines()
    print("\n".join(lines))

    assert not [line for line in lines if "{" in line]
    figures = [line for line in lines if line.startswith(("receipt", "window"))]
    assert figures
