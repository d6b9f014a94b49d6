# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One frame."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from green_common.gpu.reasons import CLOCKS_SETTING, POWER_CAP
from green_qwen.idle_state import GpuClocks
from green_qwen.terminal.columns import width_of
from green_qwen.terminal.paint import Paint
from green_qwen.top.frame import frame_lines
from green_qwen.top.view import Cached, Energy, GpuPart, ProxyPart, Running, View, phase_of, view_fields

PLAIN = Paint(colour=False)
GPU = GpuPart(
    0,
    "GPU-1",
    "NVIDIA H100 80GB HBM3",
    power_w=426.0,
    power_limit_w=700.0,
    power_alert_w=240.0,
    power_mean_w=410.0,
    power_deviation_w=12.3,
    over_s=60.0,
    memory_used_bytes=44 << 30,
    memory_total_bytes=80 << 30,
    sm_clock_mhz=1980,
    temperature_c=61,
    gpu_percent=97,
    reasons=POWER_CAP | CLOCKS_SETTING,
    trace=tuple((float(second), 400.0 + second) for second in range(100)),
)
VIEW = View(
    at_s=100.0,
    source="green-telemetry",
    simulated=True,
    feed="connected",
    in_flight=20,
    tokens_per_s=655.0,
    tokens_per_s_per_w=1.54,
    gpus=(GPU,),
    running=tuple(
        Running(f"01m8qbdwtczg56zk8tat9ee{number:03}", "me", "qwen3:32b", "decode", 3.0, 120, 40.9, 1.5)
        for number in range(16)
    ),
    proxy=ProxyPart(waiting=3, running=16, slots=16, expected_wait_s=4.0, shared_answers=2),
    clocks=(GpuClocks("GPU-1", 0, "awake", "request", "a request came"),),
    energy=Energy(3.6e6, 0.0, booked=True),
    cached=Cached(1000, 610, 12),
    phases=((10.0, "idle"), (50.0, "decode")),
)


def lines(view: View = VIEW, width: int = 80, height: int | None = None) -> list[str]:
    return frame_lines(view, width, height, PLAIN)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (80, 8), (20, 5), (1, 1), (200, 60)])
def test_a_frame_fits(width: int, height: int) -> None:
    """Into any terminal, with wide signs too."""
    named = dataclasses.replace(GPU, name="模型" * 30)
    wide = dataclasses.replace(VIEW, gpus=(named,), notes=("something is missing " * 9,))

    shown = lines(wide, width, height)

    assert len(shown) <= height
    assert max(map(width_of, shown)) <= width


def test_everything_that_is_known_is_in_it() -> None:
    """In 80 columns."""
    text = "\n".join(lines())

    for part in (
        "simulated",
        "426 W",
        "60 s: mean 410 W ± 12.3 W",
        "alert at 240 W",
        "limit 700 W",
        "memory 44.0/80 GiB",
        "1980 MHz  awake: a request came",
        "the power limit holds the clocks down",
        "655.0 tokens/s  1.540 tokens/s/W  20 in flight (16 decode)",
        "16 of 16 busy  3 waiting, 4 s for all of them",
        "61 % of 1000 prompt tokens, 12 receipts, 2 answers shared",
        "1.000 kWh today, by the journal",
        "ee000  me",
        "and 4 more",
    ):
        assert part in text
    assert "somebody has set" not in text


def test_requests_that_do_not_fit_are_counted() -> None:
    """The last row says how many."""
    shown = lines(height=24)

    assert len(shown) == 24
    assert shown[-1] == f"and {20 - sum('decode ' in line for line in shown[14:-1])} more"


def test_red_is_what_is_over_the_limit() -> None:
    """The figure, its limit and the advice."""
    painted = frame_lines(VIEW, 80, None, Paint(colour=True))
    below = dataclasses.replace(VIEW, gpus=(dataclasses.replace(GPU, power_alert_w=500.0, reasons=0),))

    assert "\x1b[1;31m426 W\x1b[0m" in painted[2]
    assert any(line.startswith("\x1b[31;1mover 240 W") for line in painted)
    assert not any(
        ";31m" in line or "[31" in line for line in frame_lines(below, 80, None, Paint(colour=True))
    )


def test_what_is_not_known_is_left_out() -> None:
    """From NVML alone there are no requests, and none are shown as zero."""
    bare = View(0.0, "nvml", gpus=(GpuPart(0, "GPU-1", "H100", power_w=70.0),), notes=("no green-telemetry",))

    assert lines(bare)[1:] == [
        "GPU 0 H100",
        "power   70 W",
        "clocks  no green-idle tells of them",
        "no green-telemetry",
    ]


def test_a_lost_gpu_shows_no_figures() -> None:
    """Its last reading is no news."""
    lost = dataclasses.replace(VIEW, gpus=(dataclasses.replace(GPU, present=False),))

    assert "426 W" not in "\n".join(lines(lost))


def test_fields_for_scripts_have_no_pictures_and_no_guesses() -> None:
    """None is left out, everywhere."""
    fields: dict[str, Any] = view_fields(dataclasses.replace(VIEW, proxy=None))

    assert "proxy" not in fields and "phases" not in fields
    assert "trace" not in fields["gpus"][0] and "energy_j" not in fields["running"][0]
    assert fields["clocks"][0]["say"] == "a request came"


def test_one_phase_stands_for_all() -> None:
    """A load holds everything up, and decode is seen by its tokens."""
    assert phase_of(["prefill", "decode", "loading"]) == "loading"
    assert phase_of(["prefill", "decode"]) == "decode"
    assert phase_of([]) == "idle"
