# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The line of `systemctl status`."""

from __future__ import annotations

import pytest

from green_common.feed.messages import Accepted, Beat, Granted, Hello, Refused
from green_idle.actions import Cause
from green_idle.calibration.arms import Arm
from green_idle.hold import Saving
from green_idle.policy import Policy
from green_idle.resting import RestClocks
from green_idle.status import status_line
from unit.green_idle.cards import reading

LOW = RestClocks(345)
SAVING = Saving(120.0, 72.0, 0.5)


@pytest.fixture
def policy() -> Policy:
    """Connected at 0 s, rests after 10 s."""
    made = Policy(idle_after_s=10.0, first_epoch=1, rest_mhz={"GPU-a": 345})
    made.connected(0.0)
    made.heard(Hello(0, 0), 0.0)
    return made


def status(policy: Policy, locked: dict[str, RestClocks] | None = None, *, simulated: bool = False) -> str:
    return status_line(policy, locked or {}, 1.0, "nobody listens", simulated=simulated)


def held(policy: Policy) -> None:
    for step in range(40):
        policy.heard(Beat(0, 0), step / 4)
        policy.saw([reading()], step / 4)
    policy.tick(10.0)
    policy.heard(Granted(1), 10.0)
    policy.tick(10.0)
    policy.lowered(["GPU-a"], 10.0)


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
    policy.wake_gpu("GPU-a", Cause.BYPASS, "the GPU is 40 % busy", 0.5)

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
    policy.wake_gpu("GPU-a", cause, "why", 0.5)
    policy.heard(Accepted("r1", "/"), 0.6)

    assert status(policy) == expected


def test_the_status_of_a_rest(policy: Policy) -> None:
    """The clock at once, the saving once it is known, and simulated watts as such."""
    held(policy)
    early = status(policy, {"GPU-a": LOW})
    hold = policy.gpus["GPU-a"].hold
    assert hold
    hold.saving = SAVING

    assert early == "resting: 1 GPU at 345 MHz"
    assert status(policy, {"GPU-a": LOW}) == "resting: 1 GPU at 345 MHz, saves 48 W"
    assert status(policy, {"GPU-a": LOW}, simulated=True).endswith("48 W (simulated)")


def test_the_status_of_several_gpus_names_the_one_that_is_left_out() -> None:
    """The others go on."""
    policy = Policy(idle_after_s=10.0, first_epoch=1, rest_mhz={"GPU-a": 345, "GPU-b": 345})
    policy.connected(0.0)
    policy.heard(Hello(0, 0), 0.0)
    policy.wake_gpu("GPU-b", Cause.RIVAL, "somebody else's", 0.5)
    awake = status(policy)
    held(policy)

    assert awake == "awake: nothing in flight, rests after 10 s of quiet; 1 GPU not: somebody else's"
    assert status(policy, {"GPU-a": LOW}) == "resting: 1 GPU at 345 MHz; 1 GPU not: somebody else's"


def test_the_status_of_a_calibration_tells_how_far_it_is(policy: Policy) -> None:
    """It takes a few quiet minutes."""
    policy.gpus["GPU-a"].arms = (Arm.OWN, Arm.SM)
    policy.calibrate()
    held(policy)

    assert status(policy) == "calibrating: 1 GPU, 0% done"
