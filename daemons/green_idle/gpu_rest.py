# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether one GPU may rest, and what was seen of it: its part of the policy, which touches nothing."""

from __future__ import annotations

import enum
import math
from collections import deque

from green_idle.actions import Cause
from green_idle.calibration.arms import Arm
from green_idle.calibration.course import PACE, Calibration
from green_idle.calibration.verdict import Verdict
from green_idle.hold import (
    CLOCK_STEP_MHZ,
    LEAST_SAMPLES,
    Finding,
    Hold,
    PowerSample,
    Reading,
    Saving,
    recent,
)

SAMPLES_KEPT = 8
# A card that is better left alone is measured again, since what runs on it changes.
REMEASURE_AFTER_S = 7 * 86_400.0
PAUSE_S = {
    Cause.NOT_OBEYED: 600.0,
    Cause.GPU_ERROR: 600.0,
    # A driver or a model can change within a day; a process's rights and a rival's wish don't.
    Cause.NOT_WORTH_IT: 86_400.0,
    Cause.CANNOT: math.inf,
    Cause.RIVAL: math.inf,
    Cause.LOST: math.inf,
}


class State(enum.Enum):
    """What others are told of a GPU."""

    AWAKE = "awake"
    RESTING = "resting"
    CALIBRATING = "calibrating"
    PARKED = "parked"
    LOST = "lost"


class Part(enum.Enum):
    """A GPU's part in the lease: none, its clocks are being set, or they are set."""

    NONE = "none"
    SETTING = "setting"
    SET = "set"


class GpuRest:
    """`arms` are the ways to rest that are measured against each other; none where nothing is measured."""

    def __init__(self, uuid: str, rest_mhz: int) -> None:
        self.uuid = uuid
        self.rest_mhz = rest_mhz
        self.arms: tuple[Arm, ...] = ()
        self.pace = PACE
        self.part = Part.NONE
        self.state, self.cause, self.detail = State.AWAKE, Cause.START, ""
        self.since_s = -math.inf
        self.hold: Hold | None = None
        self.latest: Reading | None = None
        self.verdict: Verdict | None = None
        self.course: Calibration | None = None
        self.paused_for: Cause | None = None
        self.paused_detail = ""
        self.paused_until_s = -math.inf
        self._quiet_since_s = -math.inf
        self._wants_course = False
        self._said_low = False
        self._samples: deque[PowerSample] = deque(maxlen=SAMPLES_KEPT)

    @property
    def is_occupied(self) -> bool:
        """True while it uses the lease."""
        return self.part is not Part.NONE

    @property
    def rests_by_itself(self) -> bool:
        """True where the last reading shows it at its resting clock without our help."""
        low = self.latest is not None and self.latest.sm_clock_mhz <= self.rest_mhz + CLOCK_STEP_MHZ
        return low and not self.is_occupied

    @property
    def arm(self) -> Arm:
        """How its clocks are to be set now."""
        if self.course and self.course.arm:
            return self.course.arm
        return self.verdict.arm if self.verdict else Arm.SM

    @property
    def wants_course(self) -> bool:
        """True where it is to be measured before it rests."""
        wanted = self._wants_course or self.course is not None or self._is_left_alone
        return wanted and len(self.arms) > 1

    def rests_at(self, rest_mhz: int) -> None:
        """From now on; what was measured at other clocks, or kept it from resting, says nothing."""
        self.rest_mhz, self.arms = rest_mhz, ()
        self.verdict = self.course = None
        self.resume()

    def is_paused(self, at_s: float) -> bool:
        return at_s < self.paused_until_s

    def resume(self) -> None:
        """It may rest again; a lost card is not found by that."""
        if self.paused_for is not Cause.LOST:
            self.paused_until_s = -math.inf

    def found(self) -> None:
        """It was lost and is there again."""
        self.paused_until_s = -math.inf

    def due_in_s(self, quiet_since_s: float, idle_after_s: float, at_s: float) -> float:
        """Seconds until its quiet has lasted long enough; infinite where nothing waits for it."""
        if self.is_paused(at_s) or self.is_occupied:
            return math.inf
        return max(0.0, max(quiet_since_s, self._quiet_since_s) + idle_after_s - at_s)

    def may_rest(self, at_s: float) -> bool:
        """True where the last readings speak for it; its quiet is another matter."""
        latest = self.latest
        if latest is None or latest.busy_percent or latest.served is False or latest.foreign_pid is not None:
            return False
        return len(recent(self._samples, at_s)) >= LEAST_SAMPLES and not self.rests_by_itself

    def measures_now(self, at_s: float) -> bool:
        """True where a rest of an unmeasured card has lasted long enough to measure in."""
        if self.verdict or self.course or len(self.arms) < 2 or not (self.hold and self.hold.saving):
            return False
        return at_s - self.hold.since_s >= self.pace.rested_s

    def begins_low(self) -> bool:
        """True once for each time that it is found resting by itself."""
        new, self._said_low = self.rests_by_itself and not self._said_low, self.rests_by_itself
        return new

    def saw(self, reading: Reading, at_s: float) -> Finding | None:
        """Take in a reading made with nothing in flight and nobody else there."""
        if self.hold and self.course:
            return None if self.arm is Arm.OWN else self.hold.judge_clock(reading, at_s)
        if self.hold:
            return self.hold.judge(reading, at_s)
        if not reading.busy_percent and not self.is_occupied:
            self._samples.append(PowerSample(at_s, reading.power_w))
        return None

    def sets(self, *, measured: bool) -> Arm:
        """Its clocks are to be set, so as to rest or as the next visit of its calibration wants them."""
        self.part, self.hold = Part.SETTING, None
        if measured and self.course is None:
            self.course, self._wants_course = Calibration(self.arms, self.pace), False
        return self.arm

    def is_set(self, detail: str, at_s: float) -> None:
        """Its clocks are as was asked."""
        self.part = Part.SET
        self.hold = Hold(self.rest_mhz, [sample.power_w for sample in self._samples], at_s)
        if self.course:
            self.course.locked(at_s)
            self._enter(State.CALIBRATING, Cause.QUIET, "measuring which clocks save power", at_s)
            return
        if self.verdict and not self._samples:
            self.hold.saving = saving_of(self.verdict)
        self._enter(State.RESTING, Cause.QUIET, detail, at_s)

    def sampled(self, power_w: float, at_s: float) -> bool:
        """A dense power sample; True where a visit of the calibration is over."""
        return bool(self.course and self.hold and self.course.saw(power_w, at_s))

    def judged(self, verdict: Verdict) -> None:
        """What the calibration has shown, now or in an earlier process."""
        self.verdict, self.course, self._wants_course = verdict, None, False
        self._samples.clear()

    def doubt(self) -> bool:
        """Resting did not pay: it is measured before the next rest. True where a verdict is dropped."""
        had, self.verdict = self.verdict is not None, None
        self._wants_course = len(self.arms) > 1
        return had

    def not_offered(self, arm: Arm) -> None:
        """The card refuses this way to rest: what was measured so far began with it in mind."""
        self.arms = tuple(other for other in self.arms if other is not arm)
        self.course = self.verdict = None

    def measure_anew(self) -> None:
        self._wants_course, self._said_low, self.course = True, False, None
        self.resume()

    def woke(self, cause: Cause, detail: str, at_s: float) -> None:
        """Its clocks are its own again, or are about to be; another quiet has to pass."""
        self.part, self.hold = Part.NONE, None
        if self.course:
            self.course.interrupt()
        self._samples.clear()
        self._quiet_since_s = at_s
        if cause in PAUSE_S and not (cause is Cause.NOT_WORTH_IT and self._wants_course):
            self.pause(cause, detail, at_s + (REMEASURE_AFTER_S if self._is_left_alone else PAUSE_S[cause]))
        state = {Cause.PARKED: State.PARKED, Cause.LOST: State.LOST}.get(cause, State.AWAKE)
        self._enter(state, cause, detail, at_s)

    def pause(self, cause: Cause, detail: str, until_s: float) -> None:
        self.paused_for, self.paused_detail, self.paused_until_s = cause, detail, until_s

    def left_alone(self, detail: str, at_s: float) -> None:
        """It needs no help to rest; one whose model was unloaded is still shown as that."""
        if self.state is State.PARKED:
            return
        self._enter(State.AWAKE, Cause.RESTS, detail, at_s)

    @property
    def _is_left_alone(self) -> bool:
        return self.verdict is not None and self.verdict.arm is Arm.OWN

    def _enter(self, state: State, cause: Cause, detail: str, at_s: float) -> None:
        if (state, cause) != (self.state, self.cause):
            self.since_s = at_s
        self.state, self.cause, self.detail = state, cause, detail


def saving_of(verdict: Verdict) -> Saving:
    """What a rest is expected to save where nothing was measured just before it."""
    return Saving(verdict.own_w, verdict.rest_w, verdict.noise_w)
