# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
When clocks are lowered and when they go back: a state machine over the feed, the GPUs and the clock.

It touches nothing: each event comes with its time and returns what is to be done.
"""

from __future__ import annotations

import enum
import math
from collections import deque
from collections.abc import Mapping, Sequence

from green_common.feed.messages import FromProxy, Granted, Refused
from green_idle.actions import Action, Ask, Cause, Decline, Lower, Release, Tell
from green_idle.activity import Activity
from green_idle.hold import (
    CLOCK_STEP_MHZ,
    LEAST_SAMPLES,
    Finding,
    Hold,
    NotObeyed,
    PowerSample,
    Reading,
    Rival,
    Saving,
    recent,
)

BEAT_LATE_S = 3.0
ANSWER_S = 2.0
# Utilisation is the share of the last sample period, so it outlives a request by up to a second.
BUSY_LAG_S = 1.5
COMPARE_BEFORE_S = 2.5
SAMPLES_KEPT = 8
PAUSE_S = {
    Cause.NOT_OBEYED: 600.0,
    Cause.GPU_ERROR: 600.0,
    # A driver or a model can change within a day; a process's rights and a rival's wish don't.
    Cause.NOT_WORTH_IT: 86_400.0,
    Cause.CANNOT: math.inf,
    Cause.RIVAL: math.inf,
}


class Mode(enum.Enum):
    """Awake: clocks are the card's own. Asking: `hold?` is out. Held: granted, and lowered or about to be."""

    AWAKE = "awake"
    ASKING = "asking"
    HELD = "held"


class Policy:
    """One lease on the clocks of all GPUs together; `cause` and `detail` say why it is in its mode."""

    def __init__(self, *, idle_after_s: float, first_epoch: int, rest_mhz: Mapping[str, int]) -> None:
        self.idle_after_s = idle_after_s
        self.rest_mhz = rest_mhz
        self.mode = Mode.AWAKE
        self.cause = Cause.START
        self.detail = ""
        self.epoch = first_epoch - 1
        self.activity: Activity | None = None
        self.hold: Hold | None = None
        self.paused_for: Cause | None = None
        self.paused_detail = ""
        self._paused_until_s = -math.inf
        self._quiet_since_s = -math.inf
        self._mode_since_s = -math.inf
        self._lower_wanted = False
        self._latest: Sequence[Reading] = ()
        self._samples: deque[PowerSample] = deque(maxlen=SAMPLES_KEPT)

    @property
    def in_flight(self) -> int:
        return self.activity.in_flight if self.activity else 0

    @property
    def rests_by_itself(self) -> bool:
        """True where the last readings show every card at its resting clock without our help."""
        readings = [reading for reading in self._latest if reading.uuid in self.rest_mhz]
        return bool(readings) and all(
            reading.sm_clock_mhz <= self.rest_mhz[reading.uuid] + CLOCK_STEP_MHZ for reading in readings
        )

    def due_in_s(self, at_s: float) -> float:
        """Seconds until the quiet has lasted long enough; infinite where nothing waits for it."""
        if self.mode is not Mode.AWAKE or not self._is_live(at_s) or self.in_flight or self.is_paused(at_s):
            return math.inf
        return max(0.0, self._quiet_since_s + self.idle_after_s - at_s)

    def is_paused(self, at_s: float) -> bool:
        return at_s < self._paused_until_s

    def resume(self) -> None:
        """Whatever kept it from trying may have been mended."""
        self._paused_until_s = -math.inf

    def wants_readings(self, at_s: float) -> bool:
        """True while what the GPUs show can matter: in a quiet, and while clocks are held."""
        return self.mode is not Mode.AWAKE or self.due_in_s(at_s) < math.inf

    def compares(self, at_s: float) -> bool:
        """True while readings should come densely, because power before and after is compared."""
        if self.mode is Mode.AWAKE:
            return self.due_in_s(at_s) <= COMPARE_BEFORE_S and not self.rests_by_itself
        return not (self.hold and self.hold.saving)

    def connected(self, at_s: float) -> None:
        """A new connection to the feed: nothing said on an older one counts any more."""
        self.activity = Activity(beat_at_s=at_s, active_at_s=at_s)
        self._quiet_since_s = at_s

    def disconnected(self, reason: str, at_s: float) -> list[Action]:
        self.activity = None
        return self.wake(Cause.FEED_LOST, reason, at_s)

    def heard(self, message: FromProxy, at_s: float) -> list[Action]:
        """Take in one message of the feed."""
        if self.activity is None:
            return []
        active = self.activity.shown_by(message)
        self.activity = self.activity.after(message, at_s)
        if active:
            return self.wake(Cause.REQUEST, f"'{type(message).__name__.lower()}' on the feed", at_s)
        if isinstance(message, Granted):
            return self._granted(message.epoch, at_s)
        if isinstance(message, Refused) and self._is_asking(message.epoch):
            return self.wake(Cause.REFUSED, message.reason, at_s)
        return []

    def saw(self, readings: Sequence[Reading], at_s: float) -> list[Action]:
        """Take in one reading of every GPU, made with nothing in flight on the feed."""
        self._latest = readings
        busy = max((reading.busy_percent for reading in readings), default=0)
        if busy and self._is_bypass(at_s):
            return self.wake(Cause.BYPASS, f"the GPU is {busy} % busy with nothing in flight", at_s)
        if self.hold:
            return self._judged(self.hold.judge(readings, at_s), at_s)
        if not busy:
            self._samples.append(PowerSample(at_s, sum(reading.power_w for reading in readings)))
        return []

    def tick(self, at_s: float) -> list[Action]:
        """What is due by the clock alone; call it once every message that waited has been heard."""
        if self.activity is None:
            return []
        if at_s - self.activity.beat_at_s > BEAT_LATE_S:
            return self.wake(Cause.BEAT_LATE, f"no beat for more than {BEAT_LATE_S:g} s", at_s)
        if self.mode is Mode.ASKING and at_s - self._mode_since_s > ANSWER_S:
            return self.wake(Cause.NO_ANSWER, f"no answer to 'hold?' within {ANSWER_S:g} s", at_s)
        if self._lower_wanted:
            self._lower_wanted = False
            return [Lower(self.epoch)]
        return self._ask(at_s) if self._may_ask(at_s) else []

    def lowered(self, rest_mhz: Mapping[str, int], at_s: float) -> Hold:
        """The clocks of these GPUs were lowered."""
        self.hold = Hold(rest_mhz, [sample.power_w for sample in self._samples], at_s)
        return self.hold

    def wake(self, cause: Cause, detail: str, at_s: float) -> list[Action]:
        """Back to awake, whatever the mode; a new quiet has to pass."""
        return self._wake(Release(self.epoch, cause, detail), at_s)

    def _wake(self, release: Release, at_s: float) -> list[Action]:
        was, self.mode = self.mode, Mode.AWAKE
        self.cause, self.detail = release.cause, release.detail
        self.hold, self._lower_wanted = None, False
        self._quiet_since_s = self._mode_since_s = at_s
        self._samples.clear()
        if release.cause in PAUSE_S:
            self.paused_for, self.paused_detail = release.cause, release.detail
            self._paused_until_s = at_s + PAUSE_S[release.cause]
        return [] if was is Mode.AWAKE else [release]

    def _ask(self, at_s: float) -> list[Action]:
        self.epoch += 1
        self._enter(Mode.ASKING, at_s)
        return [Ask(self.epoch)]

    def _granted(self, epoch: int, at_s: float) -> list[Action]:
        if self._is_asking(epoch) and not self.in_flight:
            self._enter(Mode.HELD, at_s)
            self._lower_wanted = True
            return []
        repeated = self.mode is Mode.HELD and epoch == self.epoch
        return [] if repeated else [Decline(epoch)]

    def _enter(self, mode: Mode, at_s: float) -> None:
        self.mode, self._mode_since_s = mode, at_s
        self.detail = f"{self.idle_after_s:g} s of quiet"

    def _judged(self, finding: Finding | None, at_s: float) -> list[Action]:
        if finding is None:
            return []
        if isinstance(finding, Saving) and finding.pays:
            return [Tell(finding)]
        return self._wake(_release_for(finding, self.epoch), at_s)

    def _may_ask(self, at_s: float) -> bool:
        busy = any(reading.busy_percent for reading in self._latest)
        sampled = len(recent(self._samples, at_s)) >= LEAST_SAMPLES
        return self.due_in_s(at_s) == 0 and sampled and not busy and not self.rests_by_itself

    def _is_live(self, at_s: float) -> bool:
        activity = self.activity
        return bool(activity and activity.greeted and at_s - activity.beat_at_s <= BEAT_LATE_S)

    def _is_asking(self, epoch: int) -> bool:
        return self.mode is Mode.ASKING and epoch == self.epoch

    def _is_bypass(self, at_s: float) -> bool:
        active_at_s = self.activity.active_at_s if self.activity else -math.inf
        return self.mode is not Mode.AWAKE or at_s - active_at_s > BUSY_LAG_S


def _release_for(finding: Finding, epoch: int) -> Release:
    if isinstance(finding, NotObeyed):
        detail = f"{finding.uuid} still runs at {finding.sm_clock_mhz} MHz: the driver did not obey"
        return Release(epoch, Cause.NOT_OBEYED, detail)
    if isinstance(finding, Rival):
        detail = f"{finding.uuid} was set to {finding.sm_clock_mhz} MHz by somebody else"
        return Release(epoch, Cause.RIVAL, detail, leave=finding.uuid)
    if isinstance(finding, Saving):
        detail = f"{finding.held_w:.1f} W at lowered clocks, {finding.before_w:.1f} W before"
        return Release(epoch, Cause.NOT_WORTH_IT, detail, saving=finding)
    detail = f"{finding.power_w:.1f} W with nothing in flight, {finding.held_w:.1f} W at rest"
    return Release(epoch, Cause.BYPASS, detail)
