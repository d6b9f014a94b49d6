# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The right to hold clocks low: asked of green-proxy, granted for an epoch, given back."""

from __future__ import annotations

import enum
import math

from green_idle.actions import Action, Ask, Cause, Decline, Release
from green_idle.activity import Activity

BEAT_LATE_S = 3.0
ANSWER_S = 2.0
# Utilisation is the share of the last sample period, so it outlives a request by up to a second.
BUSY_LAG_S = 1.5


class Mode(enum.Enum):
    """Awake: clocks are the cards' own. Asking: `hold?` is out. Held: granted, and lowered or about to be."""

    AWAKE = "awake"
    ASKING = "asking"
    HELD = "held"


class Lease:
    """What the feed has said, and what was agreed; `cause` and `detail` say why it is in its mode."""

    def __init__(self, idle_after_s: float, first_epoch: int) -> None:
        self.idle_after_s = idle_after_s
        self.mode = Mode.AWAKE
        self.cause = Cause.START
        self.detail = ""
        self.epoch = first_epoch - 1
        self.activity: Activity | None = None
        self._quiet_since_s = -math.inf
        self._mode_since_s = -math.inf

    @property
    def in_flight(self) -> int:
        return self.activity.in_flight if self.activity else 0

    def connected(self, at_s: float) -> None:
        """A new connection to the feed: nothing said on an older one counts any more."""
        self.activity = Activity(beat_at_s=at_s, active_at_s=at_s)
        self._quiet_since_s = at_s

    def _release(self, release: Release, at_s: float) -> list[Action]:
        was, self.mode = self.mode, Mode.AWAKE
        self.cause, self.detail = release.cause, release.detail
        self._mode_since_s = at_s
        return [] if was is Mode.AWAKE else [release]

    def _ask(self, at_s: float) -> list[Action]:
        self.epoch += 1
        self._enter(Mode.ASKING, at_s)
        return [Ask(self.epoch)]

    def _granted(self, epoch: int, at_s: float) -> list[Action]:
        if self._is_asking(epoch) and not self.in_flight:
            self._enter(Mode.HELD, at_s)
            return []
        repeated = self.mode is Mode.HELD and epoch == self.epoch
        return [] if repeated else [Decline(epoch)]

    def _enter(self, mode: Mode, at_s: float) -> None:
        self.mode, self._mode_since_s = mode, at_s
        self.cause, self.detail = Cause.QUIET, f"{self.idle_after_s:g} s of quiet"

    def _late(self, at_s: float) -> tuple[Cause, str] | None:
        """What has not come in time."""
        if self.activity and at_s - self.activity.beat_at_s > BEAT_LATE_S:
            return Cause.BEAT_LATE, f"no beat for more than {BEAT_LATE_S:g} s"
        if self.mode is Mode.ASKING and at_s - self._mode_since_s > ANSWER_S:
            return Cause.NO_ANSWER, f"no answer to 'hold?' within {ANSWER_S:g} s"
        return None

    def _is_live(self, at_s: float) -> bool:
        activity = self.activity
        return bool(activity and activity.greeted and at_s - activity.beat_at_s <= BEAT_LATE_S)

    def _is_asking(self, epoch: int) -> bool:
        return self.mode is Mode.ASKING and epoch == self.epoch

    def _is_bypass(self, at_s: float) -> bool:
        active_at_s = self.activity.active_at_s if self.activity else -math.inf
        return self.mode is not Mode.AWAKE or at_s - active_at_s > BUSY_LAG_S
