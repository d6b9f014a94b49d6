# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The views of green-telemetry in its sandbox: /metrics, the live socket, history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from system.machine import wait_for
from system.server import Server

CLIENT = Path(__file__).with_name("live_client.py")
INSIDE = "/opt/live_client.py"
LIVE = "/run/green-telemetry/live.sock"
PORT = 9838
FORGED = "01m80000000000000000forged"
FORGE = f"printf 'MESSAGE=x\\nGREEN_EVENT=receipt\\nGREEN_REQUEST={FORGED}\\n' | logger --journald"
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@pytest.fixture
def asked(server: Server) -> Server:
    """The machine with the script that asks."""
    server.machine.write(INSIDE, CLIENT.read_bytes())
    return server


def ask(server: Server, path: str, *how: str) -> tuple[int, str]:
    """Status and body."""
    said = json.loads(server.machine.run("/usr/bin/python3", INSIDE, path, *how))
    return said["status"], said["body"]


def bring_up(server: Server, how: str) -> None:
    """Tests restart it more often than systemd allows a service within ten seconds."""
    server.machine.run("systemctl", "reset-failed", "green-telemetry")
    server.machine.run("systemctl", how, "green-telemetry")


def receipt_of_a_chat(server: Server) -> str:
    """The id of a request whose receipt is there."""
    request: str = server.chat("What does it cost?")["request"]
    status, body = ask(server, f"/v1/receipts/{request}?wait_s=15")
    assert status == 200, body
    return request


def test_metrics_come_over_tcp_to_a_service_without_a_network(asked: Server) -> None:
    """systemd opened the socket, in the machine's own network."""
    status, text = ask(asked, "/metrics", "tcp")

    assert status == 200
    assert "green_gpu_power_watts{gpu=" in text
    assert ask(asked, "/v1/snapshot", "tcp")[0] == 404


def test_the_live_socket_is_for_root_and_the_group_alone(asked: Server) -> None:
    """Mode and group, and what they mean to somebody else."""
    mode = asked.machine.run("stat", "--format", "%a %G", LIVE).strip()

    assert mode == "660 green-qwen"
    assert ask(asked, "/v1/snapshot")[0] == 200
    assert asked.machine.exit_code(*NOBODY, "/usr/bin/python3", INSIDE, "/v1/snapshot") != 0


def test_the_command_shows_a_receipt(asked: Server) -> None:
    """By the id that the client got."""
    request = receipt_of_a_chat(asked)

    sheet = asked.machine.run("green-qwen", "receipt", request)

    assert request in sheet and " J, above the baseline" in sheet


def test_a_receipt_outlives_the_service(asked: Server) -> None:
    """After a restart it comes from the journal, read inside the sandbox."""
    request = receipt_of_a_chat(asked)
    bring_up(asked, "restart")

    status, body = ask(asked, f"/v1/receipts/{request}")

    assert status == 200
    assert json.loads(body)["request"] == request
    assert json.loads(body)["energy_j"] > 0


def test_a_receipt_comes_from_the_journal_while_the_service_is_stopped(asked: Server) -> None:
    """The command reads it itself."""
    request = receipt_of_a_chat(asked)
    asked.machine.run("systemctl", "stop", "green-telemetry")
    try:
        found = json.loads(asked.machine.run("green-qwen", "receipt", request, "--json"))
    finally:
        bring_up(asked, "start")

    assert found["request"] == request


def test_history_leaves_out_what_others_forged(asked: Server) -> None:
    """Any user may write an entry that calls itself a receipt."""
    request = receipt_of_a_chat(asked)
    asked.machine.run("sh", "-c", FORGE)
    wait_for("the forged entry", lambda: forged_entries(asked), 10.0)

    status, body = ask(asked, "/v1/history?kind=receipt")

    requests = [json.loads(line)["request"] for line in body.splitlines()]
    assert status == 200
    assert request in requests and FORGED not in requests
    assert ask(asked, f"/v1/receipts/{FORGED}")[0] == 404


def test_a_scrape_does_not_start_a_service_that_was_stopped(asked: Server) -> None:
    """The socket goes with the service, and comes with it."""
    asked.machine.run("systemctl", "stop", "green-telemetry")
    try:
        refused = asked.machine.exit_code("/usr/bin/python3", INSIDE, "/metrics", "tcp")
    finally:
        active = asked.is_active("green-telemetry")
        bring_up(asked, "start")

    assert refused != 0
    assert not active
    assert ask(asked, "/metrics", "tcp")[0] == 200


def test_a_restart_keeps_metrics(asked: Server) -> None:
    """As an upgrade does it."""
    bring_up(asked, "restart")

    assert ask(asked, "/metrics", "tcp")[0] == 200


def test_a_killed_service_comes_back_with_its_metrics(asked: Server) -> None:
    """systemd starts it again by itself."""
    pid = asked.property("green-telemetry", "MainPID")

    asked.machine.run("sh", "-c", f"kill -9 {pid}")

    wait_for("a new service", lambda: asked.property("green-telemetry", "MainPID") not in ("0", pid), 30.0)
    wait_for("its start", lambda: asked.is_active("green-telemetry"), 10.0)
    assert ask(asked, "/metrics", "tcp")[0] == 200


def test_a_taken_port_costs_the_metrics_and_nothing_else(asked: Server) -> None:
    """The journal says so, and the live socket is there."""
    asked.machine.run("systemctl", "stop", "green-telemetry")
    with asked.occupied(PORT):
        bring_up(asked, "start")

        status, _ = ask(asked, "/v1/snapshot")
        said: list[dict[str, Any]] = asked.journal("green-telemetry", "views.off")

    bring_up(asked, "restart")
    assert status == 200
    assert f"telemetry.listen 127.0.0.1:{PORT}" in said[-1]["MESSAGE"]
    assert ask(asked, "/metrics", "tcp")[0] == 200


def test_the_doctor_looks_at_the_journal(asked: Server) -> None:
    """Well or not, it says what it found."""
    said = asked.machine.run("sh", "-c", "green-qwen doctor --json || [ $? = 1 ]")

    checks = [json.loads(line)["check"] for line in said.splitlines()]
    assert "retention of the journal" in checks


def forged_entries(server: Server) -> bool:
    return server.machine.run("journalctl", "-o", "cat", f"GREEN_REQUEST={FORGED}").strip() != ""
