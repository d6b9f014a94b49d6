# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The services, their doors, ports and clocks."""

from __future__ import annotations

import pytest

from green_qwen.doctor.doors import Door, Membership, judge_doors
from green_qwen.doctor.ports import Port, judge_ports
from green_qwen.doctor.resting import judge_resting
from green_qwen.doctor.settings import judge_settings
from green_qwen.doctor.systemd import Unit
from green_qwen.doctor.units import judge_units
from green_qwen.idle_state import GpuClocks, IdleState

MEMBER = Membership("green-qwen", exists=True, member=True)


def unit(name: str = "green-proxy.service", active: str = "active", enabled: str = "enabled") -> Unit:
    return Unit(name, "loaded", active, enabled)


def clocks(cause: str, state: str = "awake", **told: float | str) -> str:
    gpu = GpuClocks("a", 0, state, cause, "words", **told)  # type: ignore[arg-type]
    (finding,) = judge_resting(IdleState("x", True, (gpu,)))
    return finding.state


@pytest.mark.parametrize(
    ("found", "state", "command"),
    [
        (unit(), "ok", None),
        (unit(active="failed"), "warning", "journalctl -u green-proxy.service -n 50"),
        (unit(active="inactive"), "advice", "sudo systemctl enable --now green-proxy.service"),
        (unit(enabled="disabled"), "advice", "sudo systemctl enable green-proxy.service"),
        (unit("green-proxy.socket", "inactive", "disabled"), "ok", None),
    ],
)
def test_a_service_has_to_run_and_to_start_at_boot(found: Unit, state: str, command: str | None) -> None:
    """A socket is a choice."""
    (finding,) = judge_units([found])

    assert finding.state == state
    assert finding.mend == (() if command is None else (command,))


def test_a_part_of_the_package_that_is_missing_is_told() -> None:
    """All of it missing is a checkout, and None an unasked systemd."""
    gone = Unit("green-idle.service", "not-found", "inactive", "")

    assert [finding.state for finding in judge_units([unit(), gone])] == ["warning"]
    assert [finding.state for finding in judge_units([gone, None])] == ["unknown"]


@pytest.mark.parametrize(
    ("door", "state"),
    [
        (Door("/x", "green-proxy", True, 0o660, "green-qwen"), "ok"),
        (Door("/x", "green-proxy", True, 0o666, "green-qwen"), "warning"),
        (Door("/x", "green-proxy", True, 0o660, "root"), "warning"),
        (Door("/x", "green-proxy", True), "warning"),
        (Door("/x", "green-proxy", False), "unknown"),
    ],
)
def test_a_socket_is_there_for_its_group_alone(door: Door, state: str) -> None:
    """While its service runs."""
    assert next(judge_doors((door,), MEMBER)).state == state


def test_the_group_and_who_is_in_it() -> None:
    """Only the first is needed."""
    states = [
        next(judge_doors((), Membership("green-qwen", exists, member))).state
        for exists, member in ((True, True), (True, False), (False, False))
    ]

    assert states == ["ok", "advice", "warning"]


def test_a_port_that_somebody_else_has_is_named() -> None:
    """And one that its service lost."""
    taken = Port("proxy.gateway", "127.0.0.1:8080", "green-proxy", False, "process 7 (nginx)")
    lost = Port("telemetry.listen", "127.0.0.1:9838", "green-telemetry", True, None)
    ours = Port("proxy.listen", "127.0.0.1:18789", "green-proxy", True, "process 8 (python3)")

    findings = list(judge_ports((taken, lost, ours)))

    assert [finding.state for finding in findings] == ["warning", "warning", "ok"]
    assert "process 7 (nginx)" in findings[0].text


def test_what_green_idle_found_is_told() -> None:
    """Its troubles are warnings; what it has measured is well, whether it saves or not."""
    assert clocks("rival") == clocks("not_obeyed") == clocks("bypass") == clocks("lost", "lost") == "warning"
    assert clocks("request", saved_w=48.0, arm="sm") == clocks("rests", arm="own") == "ok"
    assert clocks("quiet", "resting", saving_w=48.0) == clocks("start", "calibrating", progress=0.5) == "ok"
    assert clocks("start") == "advice"
    assert next(judge_resting(None)).state == "unknown"


def test_a_wrong_configuration_is_told_with_its_first_fault() -> None:
    """The command shows all of them."""
    assert judge_settings([], []).state == "ok"
    assert judge_settings(["a is wrong", "b"], []).text == "a is wrong (and 1 more):"
    assert judge_settings([], ["keys were not looked at"]).state == "unknown"
