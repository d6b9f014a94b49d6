# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""top, config, doctor and completion where the package is installed and its services run."""

from __future__ import annotations

import json
from typing import Any

from system.machine import wait_for
from system.server import Server

COMPLETE = """
source /usr/share/bash-completion/completions/green-qwen
COMP_WORDS=(green-qwen doc); COMP_CWORD=1; _green_qwen; echo "${COMPREPLY[@]}"
"""


def doctor(server: Server) -> list[dict[str, Any]]:
    """Its findings, well or not."""
    said = server.machine.run("sh", "-c", "green-qwen doctor --json || [ $? = 1 ]")
    return [json.loads(line) for line in said.splitlines()]


def top(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(server.machine.run("green-qwen", "top", "--once", "--json"))
    return found


def test_the_doctor_finds_the_services_and_their_doors_well(server: Server) -> None:
    """As the installation leaves them."""
    states = {(one["check"], one["state"]) for one in doctor(server)}
    troubles = [one for one in doctor(server) if one["state"] == "warning"]

    assert {("services", "ok"), ("sockets", "ok"), ("group", "ok"), ("ports", "ok")} <= states
    assert {("configuration", "ok"), ("NVIDIA driver", "ok"), ("model server", "ok")} <= states
    assert not {one["check"] for one in troubles} & {"services", "sockets", "group", "ports", "configuration"}


def test_the_doctor_names_who_goes_round_the_proxy(server: Server) -> None:
    """By its process, while it is connected."""
    hold = "exec 3<>/dev/tcp/127.0.0.1/11434; touch /run/held; sleep 20"
    server.machine.run("systemd-run", "--unit=stranger", "bash", "-c", hold)
    wait_for("its connection", lambda: server.machine.exit_code("test", "-e", "/run/held") == 0, 10.0)

    found = [one for one in doctor(server) if one["check"] == "clients that bypass green-proxy"]
    server.machine.run("systemctl", "stop", "stranger")

    assert any(one["state"] == "warning" and "stranger.service" in one["text"] for one in found)


def test_top_shows_what_the_services_tell(server: Server) -> None:
    """GPU, queue, and today's energy by the journal once a window was written."""
    wait_for("booked energy", lambda: top(server).get("energy", {}).get("booked"), 90.0)
    found = top(server)

    assert found["source"] == "green-telemetry"
    assert found["gpus"][0]["power_w"] > 0
    assert (found["proxy"]["slots"], found["proxy"]["running"]) == (16, 0)
    assert found["energy"]["energy_j"] > 0


def test_the_configuration_is_checked_and_shown(server: Server) -> None:
    """With the installed file as its place."""
    assert server.machine.run("green-qwen", "config", "check").startswith(
        "OK: /etc/green-qwen/green-qwen.toml"
    )
    assert "slots = 16" in server.machine.run("green-qwen", "config", "show")


def test_bash_completes_from_the_installed_file(server: Server) -> None:
    """Where bash looks for it."""
    assert server.machine.run("bash", "-c", COMPLETE).strip() == "doctor"
