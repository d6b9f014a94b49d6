# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Alerts about who uses a GPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from green_telemetry.alerts.scene import Scene
from green_telemetry.alerts.use import Bypass, Unused

MakeScene = Callable[..., Scene]
WORK = {"power_w": 400.0, "gpu_percent": 90}


def test_work_of_the_model_server_alone_is_a_bypass(scene: MakeScene) -> None:
    """With the advice that mends it."""
    seen = scene(**WORK, others_share=0.0)

    assert Bypass().judge(seen) is True
    assert "18789" in Bypass().words(seen)[0]
    assert "nvidia-smi" not in Bypass().words(seen)[0]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"others_share": 0.9}, False),
        ({"in_flight": 1}, None),
        ({"idle_s": 1.0}, None),
        ({"feed_connected": False}, None),
        ({"baseline_w": None}, None),
        ({"power_w": 110.0}, False),
        ({"gpu_percent": 2}, False),
    ],
)
def test_what_else_may_be_is_no_bypass(scene: MakeScene, more: dict[str, Any], expected: bool | None) -> None:
    """Another program, announced work, its end, no feed, no baseline, or no work."""
    assert Bypass().judge(scene(**{**WORK, "others_share": 0.0, **more})) is expected


def test_where_nobody_says_whose_work_it_is_it_takes_longer(scene: MakeScene) -> None:
    """And the alert says so."""
    rule = Bypass()

    judged = [rule.judge(scene(float(second), **WORK)) for second in (0, 5, 10)]

    assert judged == [None, None, True]
    assert "another program's" in rule.words(scene(**WORK))[0]


def test_a_resident_model_that_nobody_uses_is_told(scene: MakeScene) -> None:
    """After ten minutes at more than the least it was seen to rest at."""
    rule = Unused()
    lowest = rule.judge(scene(minute=(72.0, 1.0), memory_used_bytes=0))
    resident = {"minute": (124.0, 1.0), "memory_used_bytes": 20 * 1024**3}

    judged = [rule.judge(scene(idle_s=idle_s, **resident)) for idle_s in (599.0, 600.0)]

    assert (lowest, judged) == (False, [False, True])
    say, figures = rule.words(scene(idle_s=600.0, **resident))
    assert "CUDA_DISABLE_PERF_BOOST=1" in say
    assert figures["lowest_w"] == 72.0


@pytest.mark.parametrize(
    "more",
    [
        {"memory_used_bytes": 500 * 1024**2},
        {"gpu_percent": 30},
        {"in_flight": 1},
        {"minute": (75.0, 1.0)},
    ],
)
def test_what_is_no_waste_is_not_told(scene: MakeScene, more: dict[str, Any]) -> None:
    """No model, work, a request, or the lowest rest there is."""
    rule = Unused()
    rule.judge(scene(minute=(72.0, 1.0)))
    unused = {"minute": (124.0, 1.0), "memory_used_bytes": 20 * 1024**3, "idle_s": 900.0}

    assert rule.judge(scene(**{**unused, **more})) is False


def test_without_a_minute_nothing_is_known(scene: MakeScene) -> None:
    """At the start, and after a gap."""
    assert Unused().judge(scene(minute=None)) is None
