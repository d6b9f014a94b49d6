# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the journal and `systemctl status` are told."""

from __future__ import annotations

import pytest
import structlog
from structlog.testing import capture_logs

from green_common.feed.messages import Accepted, Beat, Granted, Hello, Refused
from green_common.gpu import GpuPermissionError
from green_idle.actions import Cause, Release
from green_idle.hold import Saving
from green_idle.policy import Policy
from green_idle.report import Reporter
from unit.green_idle.cards import reading

SAVING = Saving(120.0, 72.0, 0.5)


def make(*, simulated: bool = False) -> Reporter:
    return Reporter(structlog.get_logger(), simulated=simulated)


@pytest.fixture
def policy() -> Policy:
    """Connected at 0 s, rests after 10 s."""
    made = Policy(idle_after_s=10.0, first_epoch=1, rest_mhz={"GPU-a": 345})
    made.connected(0.0)
    made.heard(Hello(0, 0), 0.0)
    return made


def status(policy: Policy, locked_mhz: dict[str, int] | None = None, *, simulated: bool = False) -> str:
    return make(simulated=simulated).status(policy, locked_mhz or {}, 1.0, "nobody listens")


def held(policy: Policy) -> None:
    for step in range(40):
        policy.heard(Beat(0, 0), step / 4)
        policy.saw([reading()], step / 4)
    policy.tick(10.0)
    policy.heard(Granted(1), 10.0)
    policy.lowered({"GPU-a": 345}, 10.0)


def test_the_status_of_a_quiet_awake(policy: Policy) -> None:
    """When it will rest."""
    assert status(policy) == "awake: nothing in flight, rests after 10 s of quiet"


def test_the_status_with_requests(policy: Policy) -> None:
    """How many keep it awake."""
    policy.heard(Accepted("r1", "/"), 0.5)
    policy.heard(Accepted("r2", "/"), 0.5)

    assert status(policy) == "awake: 2 in flight"


def test_the_status_without_a_feed(policy: Policy) -> None:
    """What it waits for, and why."""
    policy.disconnected("green-proxy closed the feed", 0.5)

    assert status(policy) == "awake: waiting for green-proxy's feed (nobody listens)"


def test_the_status_of_a_refusal(policy: Policy) -> None:
    """The proxy's own reason."""
    for step in range(45):
        policy.heard(Beat(0, 0), step / 4)
        policy.saw([reading()], step / 4)
        policy.tick(step / 4)
    policy.heard(Refused(1, "only root may hold clocks"), 11.0)

    assert status(policy) == "awake: green-proxy refused a rest: only root may hold clocks"


def test_the_status_of_a_bypass(policy: Policy) -> None:
    """That somebody works there."""
    policy.wake(Cause.BYPASS, "the GPU is 40 % busy", 0.5)

    assert status(policy) == "awake: the GPU is 40 % busy; rests after 10 s of quiet"


def test_the_status_of_a_card_that_rests_by_itself(policy: Policy) -> None:
    """Nothing is broken."""
    policy.saw([reading(345)], 0.5)

    assert status(policy) == "awake: the GPU rests by itself, nothing to lower"


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (Cause.CANNOT, "awake, and cannot lower clocks: why"),
        (Cause.GPU_ERROR, "awake, and cannot lower clocks: why"),
        (Cause.NOT_WORTH_IT, "awake, and stays so: why"),
        (Cause.RIVAL, "awake, and stays so: why"),
    ],
)
def test_the_status_of_a_pause(policy: Policy, cause: Cause, expected: str) -> None:
    """It outlives later requests."""
    policy.wake(cause, "why", 0.5)
    policy.heard(Accepted("r1", "/"), 0.6)

    assert status(policy) == expected


def test_the_status_of_a_rest(policy: Policy) -> None:
    """The clock at once, the saving once it is known, and simulated watts as such."""
    held(policy)
    early = status(policy, {"GPU-a": 345})
    assert policy.hold
    policy.hold.saving = SAVING

    assert early == "resting: 1 GPU at 345 MHz"
    assert status(policy, {"GPU-a": 345}) == "resting: 1 GPU at 345 MHz, saves 48 W"
    assert status(policy, {"GPU-a": 345, "GPU-b": 360}, simulated=True) == (
        "resting: 2 GPUs at 345 MHz, saves 48 W (simulated)"
    )


def test_lowered_clocks_are_told_with_power_and_epoch() -> None:
    """As fields for a machine."""
    with capture_logs() as logs:
        make().lowered({"GPU-b": 360, "GPU-a": 345}, 120.123456, 7)

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
        make(simulated=True).saves(SAVING)

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


def test_what_can_not_be_mended_here_is_an_error() -> None:
    """A refused lock and a stuck clock; a recovery is a warning."""
    with capture_logs() as logs:
        make().not_lowered("GPU-a", GpuPermissionError("no right"))
        make().stuck()
        make().recovered(["GPU-a"])

    levels = [(entry["event"], entry["log_level"]) for entry in logs]
    assert levels == [
        ("clocks.not_lowered", "error"),
        ("clocks.stuck", "error"),
        ("clocks.recovered", "warning"),
    ]
    assert logs[0]["say"] == "cannot lower clocks: no right"
