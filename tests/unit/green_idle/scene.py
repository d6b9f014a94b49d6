# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A policy in a world whose clock the test turns."""

from __future__ import annotations

from green_common.feed.messages import Beat, Granted, Hello
from green_idle.actions import (
    Action,
    Cause,
    Lower,
    Release,
)
from green_idle.gpu_rest import GpuRest
from green_idle.hold import Reading
from green_idle.policy import Policy
from unit.green_idle.cards import reading

FIRST = 100


class Scene:
    """A policy in a world whose clock the test turns; `done` holds every action so far."""

    def __init__(self) -> None:
        self.policy = Policy(idle_after_s=10.0, first_epoch=FIRST, rest_mhz={"GPU-a": 345})
        self.now_s = 1000.0
        self.done: list[Action] = []
        self.sm_clock_mhz = 1980
        self.power_w = 120.0
        self.beats = True

    @property
    def gpu(self) -> GpuRest:
        return self.policy.gpus["GPU-a"]

    def hear(self, message: object) -> list[Action]:
        return self._keep(self.policy.heard(message, self.now_s))  # type: ignore[arg-type]

    def connect(self) -> None:
        self.policy.connected(self.now_s)
        self.hear(Hello(0, 0))

    def wait(self, seconds: float, busy_percent: int = 0) -> list[Action]:
        """Time passes in quarters of a second, with readings, beats and ticks; what was done on the way."""
        before = len(self.done)
        for step in range(round(seconds * 4)):
            self.now_s += 0.25
            if self.beats and step % 4 == 3 and self.policy.activity:
                self.hear(Beat(self.policy.activity.accepted, 0))
            if self.policy.wants_readings(self.now_s):
                self._keep(self.policy.saw(self._readings(busy_percent), self.now_s))
            self.tick()
        return self.done[before:]

    def _readings(self, busy_percent: int) -> list[Reading]:
        return [reading(self.sm_clock_mhz, self.power_w, busy_percent)]

    def tick(self) -> list[Action]:
        return self._keep(self.policy.tick(self.now_s))

    def hold(self) -> None:
        """As far as lowered clocks."""
        self.connect()
        self.wait(10)
        self.hear(Granted(FIRST))
        assert self.tick() == [Lower(FIRST, ("GPU-a",))]
        self.policy.lowered(["GPU-a"], self.now_s)
        self.sm_clock_mhz, self.power_w = 345, 72.0

    def _keep(self, actions: list[Action]) -> list[Action]:
        self.done.extend(actions)
        return actions


def causes(actions: list[Action]) -> list[Cause]:
    return [action.cause for action in actions if isinstance(action, Release)]
