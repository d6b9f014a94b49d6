# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Advice that fits the cause."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from green_common.gpu.reasons import HARDWARE_SLOWDOWN, HARDWARE_THERMAL_SLOWDOWN, POWER_BRAKE, POWER_CAP
from green_qwen.top.advice import advice_lines
from green_qwen.top.view import GpuPart, ProxyPart, Running, View

GPU = GpuPart(0, "GPU-1", "H100", power_w=300.0, power_alert_w=240.0)


def running(phase: str, count: int) -> tuple[Running, ...]:
    return tuple(Running(f"r{number}", None, "m", phase, 1.0, 0) for number in range(count))


def view(gpu: GpuPart = GPU, **changes: Any) -> View:
    at_work = View(
        0.0, "green-telemetry", gpus=(gpu,), feed="connected", in_flight=20, running=running("decode", 20)
    )
    return dataclasses.replace(at_work, **changes)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"in_flight": 0, "running": ()}, "nvidia-smi"),
        ({"in_flight": 2, "running": running("decode", 2)}, "only 2 in flight"),
        ({"in_flight": 4, "proxy": ProxyPart(9, 4, 4, 1.0, 0)}, "9 wait while only 4"),
        ({"running": running("prefill", 12) + running("decode", 8)}, "long prompts"),
        ({"feed": "absent"}, "start green-proxy"),
        ({}, "power_alert_models"),
    ],
    ids=["idle", "few", "few slots", "prompts", "no feed", "full"],
)
def test_power_over_the_limit_has_its_cause(changes: dict[str, Any], word: str) -> None:
    """Other work, too few together, too few slots, prompts, or a limit that is too low."""
    (line,) = advice_lines(view(**changes))

    assert line.startswith("over 240 W: ")
    assert word in line


@pytest.mark.parametrize(
    ("reasons", "word"),
    [
        (POWER_CAP, "power limit allows"),
        (HARDWARE_THERMAL_SLOWDOWN | HARDWARE_SLOWDOWN, "too hot"),
        (POWER_BRAKE, "power supply"),
    ],
)
def test_clocks_held_back_have_their_own(reasons: int, word: str) -> None:
    """The hardware's slowdown is a symptom beside heat."""
    (line,) = advice_lines(view(dataclasses.replace(GPU, power_w=200.0, reasons=reasons)))

    assert word in line


def test_what_is_well_needs_no_word() -> None:
    """No limit, no alert, no trouble."""
    assert advice_lines(view(dataclasses.replace(GPU, power_alert_w=None))) == ()


def test_work_that_has_ended_needs_no_word() -> None:
    """The mean of the last minute still holds it."""
    ended = dataclasses.replace(GPU, power_w=125.0, power_mean_w=400.0)

    assert advice_lines(view(ended, in_flight=0, running=())) == ()
    assert advice_lines(view(ended)) != ()


def test_standing_alerts_and_lost_gpus_are_said_once() -> None:
    """Two GPUs with the same alert need one advice."""
    lost = dataclasses.replace(GPU, present=False)

    lines = advice_lines(view(lost, alerts=("bypass", "power", "bypass")))

    assert [line.partition(":")[0] for line in lines] == [
        "GPU 0 can't be read",
        "a client goes round green-proxy",
    ]
