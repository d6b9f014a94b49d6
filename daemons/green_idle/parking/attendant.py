# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
When a model is unloaded: a state machine over the feed, the GPUs and the clocks.

It touches nothing: each event comes with its time. It learns whether parking is on or not, so that there is
something to go by when it is switched on.
"""

from __future__ import annotations

import math
from dataclasses import replace

from green_common.feed.messages import (
    NOTHING_IN_MEMORY,
    Forwarded,
    FromProxy,
    LoadStarted,
    Park,
    Parked,
    ParkRefused,
    Running,
)
from green_idle.activity import Activity
from green_idle.lease import BEAT_LATE_S, BUSY_LAG_S
from green_idle.parking.learned import Learned
from green_idle.parking.quiet import KEPT, SETTLE_S, Glance, Quiet, When

# Ollama is given 10 s to unload.
ANSWER_S = 45.0
RETRY_S = 600.0
# Once for what an empty GPU draws, where no quiet has shown it yet.
TRIAL_AFTER_S = 1800.0
TRIALS = 3


class Attendant:
    """One quiet at a time; `park` is whether it may ask for an unload."""

    def __init__(self, learned: Learned, *, park: bool, idle_after_s: float) -> None:
        self.learned = learned
        self.park = park
        self.idle_after_s = idle_after_s
        self.quiet: Quiet | None = None
        self._activity: Activity | None = None
        self._model = ""
        self._trials = 0

    @property
    def in_flight(self) -> int:
        return self._activity.in_flight if self._activity else 0

    def connected(self, at_s: float) -> None:
        self.disconnected()
        self._activity = Activity(beat_at_s=at_s, active_at_s=at_s)

    def disconnected(self) -> None:
        """What happened meanwhile is not known, so the quiet teaches nothing."""
        self._activity = self.quiet = None

    def heard(self, message: FromProxy, at_s: float) -> Parked | ParkRefused | None:
        """Take in one message of the feed; the answer to what was asked is returned."""
        if self._activity is None:
            return None
        active = self._activity.shown_by(message)
        self._activity = self._activity.after(message, at_s)
        if isinstance(message, Forwarded | Running | LoadStarted):
            self._model = message.model
        if active:
            self._end(at_s)
        elif isinstance(message, Parked | ParkRefused):
            return self._answered(message, at_s)
        return None

    def saw(self, glance: Glance, at_s: float) -> None:
        """Take in one look at the GPUs in a quiet."""
        quiet = self.quiet
        if quiet is None or quiet.asked_at_s is not None:
            return
        came_back = quiet.seen_empty and not glance.empty
        if came_back or (glance.busy and at_s - quiet.changed_s > BUSY_LAG_S):
            self._disturbed(at_s)
            return
        if glance.empty and quiet.absent_at_s is None:
            self._note_power()
            quiet.left(at_s, parked=False)
        quiet.seen_empty = glance.empty
        if not glance.busy:
            quiet.saw(glance.power_w, at_s)
        if len(quiet.samples_w) == KEPT and not quiet.noted:
            self._note_power()
            self._decide(quiet)

    def tick(self, at_s: float, when: When) -> Park | ParkRefused | None:
        """What is due by the clocks alone."""
        activity = self._activity
        if activity is None or not activity.greeted or activity.in_flight:
            return None
        if at_s - activity.beat_at_s > BEAT_LATE_S:
            self.quiet = None
            return None
        if self.quiet is None:
            self.quiet = self._begin(activity.active_at_s, when)
        if self.quiet.asked_at_s is not None and at_s - self.quiet.asked_at_s > ANSWER_S:
            refusal = ParkRefused(self.quiet.model, f"green-proxy did not answer within {ANSWER_S:g} s")
            self._refused(self.quiet, at_s)
            return refusal
        return self._ask(at_s) if self._is_due(self.quiet, at_s) else None

    def _begin(self, began_s: float, when: When) -> Quiet:
        settled_s = began_s + self.idle_after_s + SETTLE_S
        quiet = Quiet(began_s, when, self._model, changed_s=began_s, settled_s=settled_s)
        self._decide(quiet)
        return quiet

    def _decide(self, quiet: Quiet) -> None:
        """Once for a quiet, at its beginning or as soon as its price is known."""
        if quiet.tariff is None and quiet.absent_at_s is None:
            quiet.tariff = self.learned.prices.tariff(quiet.model)
            if quiet.tariff:
                quiet.park_after_s = self.learned.parking.park_after_s(quiet.tariff, quiet.when.hour)

    def _is_due(self, quiet: Quiet, at_s: float) -> bool:
        if not self.park or not quiet.model or quiet.absent_at_s is not None or quiet.asked_at_s is not None:
            return False
        after_s = quiet.park_after_s
        if quiet.tariff is None and self._trials < TRIALS:
            after_s = max(TRIAL_AFTER_S, self.learned.parking.least_s)
        return at_s >= max(quiet.began_s + after_s, quiet.retry_at_s)

    def _ask(self, at_s: float) -> Park:
        assert self.quiet
        self._note_power()
        self.quiet.asked_at_s = at_s
        return Park(self.quiet.model)

    def _answered(self, message: Parked | ParkRefused, at_s: float) -> Parked | ParkRefused | None:
        quiet = self.quiet
        if quiet is None or message.model != quiet.model or quiet.asked_at_s is None:
            return None
        if isinstance(message, Parked):
            self._trials += quiet.tariff is None
            quiet.left(at_s, parked=True)
            return message
        if message.reason == NOTHING_IN_MEMORY:
            quiet.left(at_s, parked=False)
            return None
        self._refused(quiet, at_s)
        return message

    def _refused(self, quiet: Quiet, at_s: float) -> None:
        quiet.refused, quiet.asked_at_s, quiet.retry_at_s = True, None, at_s + RETRY_S

    def _disturbed(self, at_s: float) -> None:
        """Somebody uses the GPU without green-proxy: as good as a request."""
        self._end(at_s)
        if self._activity:
            self._activity = replace(self._activity, active_at_s=at_s)

    def _end(self, at_s: float) -> None:
        quiet = self.quiet
        if quiet is None:
            return
        self._note_power()
        self.quiet = None
        quiet_s = max(at_s - quiet.began_s, 0.0)
        parking = self.learned.parking
        parking.lasted(quiet.when.hour, quiet_s)
        self.learned.is_new |= quiet_s >= parking.least_s
        if quiet.tariff:
            self._book(quiet, quiet_s)

    def _book(self, quiet: Quiet, quiet_s: float) -> None:
        tariff = quiet.tariff
        assert tariff
        absent_after_s = math.inf if quiet.absent_at_s is None else quiet.absent_at_s - quiet.began_s
        would_j = tariff.cost_j(quiet_s, quiet.park_after_s)
        self.learned.days.book(quiet.when.day, tariff.cost_j(quiet_s, absent_after_s), would_j)
        if quiet.parked:
            self.learned.parking.paid(tariff, quiet_s, absent_after_s)
        elif not self.park or (
            quiet_s <= quiet.park_after_s and quiet.absent_at_s is None and not quiet.refused
        ):
            # Without leave to park, the credit is that of somebody who had it.
            self.learned.parking.paid(tariff, quiet_s, quiet.park_after_s)

    def _note_power(self) -> None:
        quiet = self.quiet
        power_w = quiet.power_w if quiet else None
        if quiet and power_w is not None and not quiet.noted:
            quiet.noted = True
            self.learned.prices.rested(power_w, resident=quiet.absent_at_s is None)
            self.learned.is_new = True
