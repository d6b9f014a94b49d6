# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the journal is told."""

from __future__ import annotations

import pytest
import structlog
from structlog.testing import capture_logs

from green_common.gpu import GpuLostError, GpuPermissionError
from green_idle.actions import Cause, LeaveAlone, Raise, Release, Tell
from green_idle.hold import Saving
from green_idle.report import Reporter
from green_idle.resting import RestClocks

SAVING = Saving(120.0, 72.0, 0.5)


def make(*, simulated: bool = False) -> Reporter:
    return Reporter(structlog.get_logger(), simulated=simulated)


def test_lowered_clocks_are_told_with_power_and_epoch() -> None:
    """As fields for a machine."""
    with capture_logs() as logs:
        make().lowered({"GPU-b": RestClocks(360), "GPU-a": RestClocks(345)}, 120.123456, 7)

    assert logs == [
        {
            "event": "clocks.lowered",
            "log_level": "info",
            "say": "2 GPUs rest at 345 MHz, 360 MHz; 120.1 W before",
            "gpus": ["GPU-a", "GPU-b"],
            "rest_sm_clock_mhz": 345,
            "power_before_w": 120.123,
            "epoch": 7,
            "simulated": None,
        }
    ]


def test_a_saving_is_told_with_both_powers() -> None:
    """And marked where it is simulated."""
    with capture_logs() as logs:
        make(simulated=True).saves(Tell("GPU-a", SAVING))

    assert logs[0]["say"] == "resting saves 48.0 W: 120.0 W before, 72.0 W now (simulated)"
    assert (logs[0]["power_before_w"], logs[0]["power_held_w"], logs[0]["saving_w"]) == (120.0, 72.0, 48.0)
    assert logs[0]["simulated"] is True


def test_a_release_is_told_with_its_time() -> None:
    """One entry for the usual wake."""
    with capture_logs() as logs:
        make().released(Release(7, Cause.REQUEST, "'accepted' on the feed"), 0.8123, ["GPU-a"])

    assert [entry["event"] for entry in logs] == ["clocks.released"]
    assert logs[0]["say"] == "clocks released in 0.81 ms: 'accepted' on the feed"
    assert (logs[0]["wake_ms"], logs[0]["cause"]) == (0.812, "request")


@pytest.mark.parametrize(
    ("cause", "event"),
    [
        (Cause.BYPASS, "clocks.bypass"),
        (Cause.FOREIGN, "clocks.foreign"),
        (Cause.RIVAL, "clocks.rival"),
        (Cause.NOT_OBEYED, "clocks.not_obeyed"),
        (Cause.NOT_WORTH_IT, "clocks.not_worth_it"),
    ],
)
def test_a_trouble_has_an_event_of_its_own(cause: Cause, event: str) -> None:
    """A warning with what follows from it, before the release."""
    with capture_logs() as logs:
        make().released(Release(7, cause, "what was seen", saving=SAVING), 1.0, ["GPU-a"])

    assert [entry["event"] for entry in logs] == [event, "clocks.released"]
    assert logs[0]["log_level"] == "warning"
    assert logs[0]["say"].startswith("what was seen: ")
    assert logs[0]["power_held_w"] == 72.0


def test_one_gpu_of_several_is_told_as_such() -> None:
    """Without an epoch: the lease goes on."""
    with capture_logs() as logs:
        make().released(Raise("GPU-a", Cause.NOT_OBEYED, "as before"), 1.0, ["GPU-a"])

    assert [entry["event"] for entry in logs] == ["clocks.not_obeyed", "clocks.released"]
    assert logs[1]["epoch"] is None


def test_a_card_that_needs_no_help_is_told_with_its_figures() -> None:
    """Once; the policy sees to that."""
    with capture_logs() as logs:
        make().left_alone(LeaveAlone("GPU-a", 345, 72.4))

    assert logs[0]["say"] == "GPU-a is left alone: it rests by itself at 345 MHz, 72.4 W"
    assert (logs[0]["sm_clock_mhz"], logs[0]["power_w"]) == (345, 72.4)


def test_a_slow_driver_and_a_lost_gpu_are_told() -> None:
    """What follows from it in each."""
    with capture_logs() as logs:
        make().slow(["GPU-a"], 50)
        make().lost("GPU-a", GpuLostError("gone"))
        make().found("GPU-a")

    assert [entry["event"] for entry in logs] == ["clocks.slow", "clocks.gpu_lost", "clocks.gpu_found"]
    assert logs[0]["say"] == "the driver takes more than 50 ms to give clocks back; requests go on without"


def test_what_can_not_be_mended_here_is_an_error() -> None:
    """A refused lock and a stuck clock; a recovery is a warning."""
    with capture_logs() as logs:
        make().not_lowered("GPU-a", GpuPermissionError("no right"))
        make().stuck("GPU-a")
        make().recovered(["GPU-a"])

    levels = [(entry["event"], entry["log_level"]) for entry in logs]
    assert levels == [
        ("clocks.not_lowered", "error"),
        ("clocks.stuck", "error"),
        ("clocks.recovered", "warning"),
    ]
    assert logs[0]["say"] == "cannot lower clocks: no right"
