# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Several GPUs under one lease."""

from __future__ import annotations

from dataclasses import replace

import pytest

from green_common.feed.messages import Accepted, Granted
from green_idle.actions import (
    Cause,
    Lower,
    Raise,
)
from green_idle.gpu_rest import State
from green_idle.hold import Reading
from green_idle.lease import Mode
from green_idle.policy import Policy
from unit.green_idle.cards import reading
from unit.green_idle.scene import FIRST, Scene, causes


class Pair(Scene):
    """Two GPUs; each has its own clock and power, and only the first need rest well."""

    def __init__(self) -> None:
        super().__init__()
        rest_mhz = {"GPU-a": 345, "GPU-b": 345}
        self.policy = Policy(idle_after_s=10.0, first_epoch=FIRST, rest_mhz=rest_mhz)
        self.clocks_mhz = {"GPU-a": 1980, "GPU-b": 1980}
        self.changes: dict[str, dict[str, object]] = {"GPU-a": {}, "GPU-b": {}}

    def _readings(self, busy_percent: int) -> list[Reading]:
        found = []
        for uuid in self.policy.watched(self.now_s):
            mhz = self.clocks_mhz[uuid]
            now = reading(mhz, 72.0 if mhz == 345 else 120.0, busy_percent, uuid)
            found.append(replace(now, **self.changes[uuid]))  # type: ignore[arg-type]
        return found

    def hold(self) -> None:
        self.connect()
        self.wait(10)
        self.hear(Granted(FIRST))
        assert self.tick() == [Lower(FIRST, ("GPU-a", "GPU-b"))]
        self.lower("GPU-a", "GPU-b")

    def lower(self, *uuids: str) -> None:
        self.policy.lowered(uuids, self.now_s)
        self.clocks_mhz.update(dict.fromkeys(uuids, 345))


@pytest.fixture
def pair() -> Pair:
    return Pair()


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"sm_clock_mhz": 1980}, Cause.NOT_OBEYED),
        ({"power_w": 120.0}, Cause.NOT_WORTH_IT),
        ({"busy_percent": 40}, Cause.BYPASS),
        ({"foreign_pid": 900}, Cause.FOREIGN),
        ({"served": False}, Cause.UNUSED),
    ],
)
def test_the_trouble_of_one_gpu_wakes_that_one(pair: Pair, change: dict[str, object], cause: Cause) -> None:
    """The lease and the other's rest go on."""
    pair.hold()
    pair.changes["GPU-b"] = change

    done = pair.wait(6)

    raised = [action for action in done if isinstance(action, Raise)]
    assert [(action.gpu, action.cause) for action in raised] == [("GPU-b", cause)]
    assert not causes(done)
    assert pair.policy.mode is Mode.HELD
    assert pair.policy.gpus["GPU-a"].state is State.RESTING


def test_a_gpu_that_was_woken_alone_rests_again_under_the_same_lease(pair: Pair) -> None:
    """After a quiet of its own."""
    pair.hold()
    pair.wait(6)
    pair.changes["GPU-b"] = {"busy_percent": 40}
    pair.wait(1)
    pair.changes["GPU-b"], pair.clocks_mhz["GPU-b"] = {}, 1980

    assert pair.wait(9.5) == []
    assert pair.wait(1) == [Lower(FIRST, ("GPU-b",))]


def test_the_last_gpu_to_wake_ends_the_lease(pair: Pair) -> None:
    """Nothing is held any more, so the proxy need not wait."""
    pair.hold()
    pair.wait(6)

    first = pair.policy.wake_gpu("GPU-a", Cause.RIVAL, "x", pair.now_s)
    last = pair.policy.wake_gpu("GPU-b", Cause.LOST, "y", pair.now_s)

    assert first == [Raise("GPU-a", Cause.RIVAL, "x", leave=True)]
    assert causes(last) == [Cause.LOST]
    assert pair.policy.mode is Mode.AWAKE


def test_a_request_wakes_all(pair: Pair) -> None:
    """Nobody knows which GPU it will use."""
    pair.hold()

    assert causes(pair.hear(Accepted("r1", "/"))) == [Cause.REQUEST]
    assert {gpu.state for gpu in pair.policy.gpus.values()} == {State.AWAKE}


def test_a_foreign_process_keeps_a_gpu_awake_while_it_is_there(pair: Pair) -> None:
    """The other one rests without it."""
    pair.changes["GPU-b"] = {"foreign_pid": 900}
    pair.connect()
    pair.wait(10)
    pair.hear(Granted(FIRST))

    assert pair.tick() == [Lower(FIRST, ("GPU-a",))]
    assert pair.policy.gpus["GPU-b"].cause is Cause.FOREIGN


def test_a_lost_gpu_is_not_read_until_it_is_found(pair: Pair) -> None:
    """A reload alone does not find it."""
    pair.connect()
    pair.policy.wake_gpu("GPU-b", Cause.LOST, "gone", pair.now_s)
    pair.policy.gpus["GPU-b"].rests_at(345)
    lost = pair.policy.watched(pair.now_s)
    pair.policy.gpus["GPU-b"].found()

    assert lost == ["GPU-a"]
    assert pair.policy.watched(pair.now_s) == ["GPU-a", "GPU-b"]
