# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
At which clock decoding goes on now: a state machine over the feed, the GPUs and the clock.

It touches nothing: each event comes with its time. It asks green-proxy for nothing, since requests are in
flight anyway; so whatever needs full clocks gets them as soon as the feed says so, and nobody waits for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from green_common.feed.messages import Beat, Cancelled, Finished, FromProxy, Hello, Tokens
from green_idle.actions import Cause
from green_idle.decode.course import PACE, Course, Pace
from green_idle.decode.knee import Point, batch_class, find_knee, next_clock_mhz
from green_idle.decode.phases import Decoding, Phases
from green_idle.decode.points import Points, Subject
from green_idle.lease import BEAT_LATE_S


@dataclass(frozen=True, slots=True)
class Cards:
    """The GPUs that decode, and the lowered clocks that all of them have, falling."""

    uuids: tuple[str, ...]
    driver_version: str
    candidates_mhz: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """The SM clock to be locked, None for the cards' own, and why."""

    sm_clock_mhz: int | None
    cause: Cause
    detail: str


@dataclass(frozen=True, slots=True)
class Learned:
    """One more pair was measured; `knee` is what follows, `is_done` says that nothing is left to measure."""

    subject: Subject
    point: Point
    knee: Point | None
    is_done: bool


class DecodeClock:
    """`cards` is None while no GPU may be lowered, whatever the reason."""

    def __init__(self, points: Points, *, most_slowdown_percent: float, pace: Pace = PACE) -> None:
        self.points = points
        self.most_slowdown_percent = most_slowdown_percent
        self._pace = pace
        self._phases = Phases()
        self._cards: Cards | None = None
        self._course: Course | None = None
        self._decoding: Decoding | None = None
        self._beat_at_s = self._only_since_s = self._same_since_s = -math.inf
        # One course that came to nothing is enough for these sequences.
        self._gave_up = False
        self._knee_mhz: int | None = None
        self._why = Cause.START, ""

    @property
    def uuids(self) -> tuple[str, ...]:
        return self._cards.uuids if self._cards else ()

    @property
    def is_measuring(self) -> bool:
        return self._course is not None

    def is_steady(self, at_s: float) -> bool:
        """True where only decoding has gone on for long enough."""
        live = self._decoding is not None and at_s - self._beat_at_s <= BEAT_LATE_S
        return live and at_s - self._only_since_s >= self._pace.steady_s

    def due_in_s(self, at_s: float) -> float:
        """Seconds until it is steady; infinite where something else goes on."""
        if self._decoding is None or at_s - self._beat_at_s > BEAT_LATE_S:
            return math.inf
        return max(0.0, self._only_since_s + self._pace.steady_s - at_s)

    def lost(self, cause: Cause, detail: str, at_s: float) -> None:
        """No feed, or a new connection: nothing is known of what goes on."""
        self._phases.forget()
        self._follow(at_s)
        self._why = cause, detail

    def heard(self, message: FromProxy, at_s: float) -> None:
        if isinstance(message, Hello | Beat):
            self._beat_at_s = at_s
        self._phases.heard(message)
        if isinstance(message, Tokens):
            if self._course:
                self._course.heard(message.generation, message.tokens, at_s)
        elif self._phases.decoding != self._decoding:
            self._follow(at_s)
            over = isinstance(message, Finished | Cancelled)
            said = f"'{type(message).__name__.lower()}' on the feed"
            self._why = (Cause.DECODED, "decoding is over") if over else (Cause.REQUEST, said)

    def found(self, cards: Cards | None) -> None:
        """These GPUs decode, and may be lowered; None for none, from now on."""
        if cards != self._cards:
            self._cards, self._course = cards, None
            self._judge()

    def saw(self, power_w: float, sm_clock_mhz: int, at_s: float) -> None:
        """The power of these GPUs together, and the highest clock among them."""
        if self._course:
            self._course.saw(power_w, sm_clock_mhz, at_s)

    def turn(self, at_s: float) -> Learned | None:
        """What is due by the clock alone: a visit that is over, or a course that may begin."""
        subject = self._subject
        if subject is None or self._cards is None or not self.is_steady(at_s):
            self._course = None
            return None
        next_mhz = self._next_mhz(subject)
        if next_mhz is None:
            return None
        if self._course is None:
            self._begin(at_s)
            return None
        if self._course.is_late(at_s):
            self._course, self._gave_up = None, True
            return None
        mhz = self._course.sm_clock_mhz
        pair = self._course.turn(next_mhz, at_s)
        if pair is None or mhz is None:
            return None
        self.points.add(subject, mhz, pair)
        self._judge()
        return self._learned(subject, mhz)

    def wish(self, at_s: float) -> Wish:
        if self._decoding is None:
            return Wish(None, *self._why)
        if at_s - self._beat_at_s > BEAT_LATE_S:
            return Wish(None, Cause.BEAT_LATE, f"no beat for more than {BEAT_LATE_S:g} s")
        if self._cards is None or not self.is_steady(at_s):
            return Wish(None, Cause.DECODED, "no GPU may be lowered")
        if self._course:
            return Wish(self._course.sm_clock_mhz, Cause.DECODED, "measuring at other clocks")
        return Wish(self._knee_mhz, Cause.DECODED, "other sequences decode")

    def judge_anew(self, most_slowdown_percent: float) -> None:
        """What was measured is judged by another bound."""
        self.most_slowdown_percent = most_slowdown_percent
        self._course = None
        self._judge()

    @property
    def _subject(self) -> Subject | None:
        cards, decoding = self._cards, self._decoding
        if cards is None or decoding is None:
            return None
        batch = batch_class(len(decoding.generations))
        return Subject(cards.uuids, cards.driver_version, decoding.model, batch)

    def _follow(self, at_s: float) -> None:
        """Other sequences than before, or no longer only those: what is measured ends."""
        now = self._phases.decoding
        if self._decoding is None:
            self._only_since_s = at_s
        self._decoding, self._same_since_s = now, at_s
        self._course, self._gave_up = None, False
        self._judge()

    def _judge(self) -> None:
        subject = self._subject
        knee = find_knee(self.points.of(subject), self.most_slowdown_percent) if subject else None
        # Another restored clock than before may lie below it.
        known = knee and self._cards and knee.sm_clock_mhz in self._cards.candidates_mhz
        self._knee_mhz = knee.sm_clock_mhz if knee and known else None

    def _next_mhz(self, subject: Subject) -> int | None:
        candidates_mhz = self._cards.candidates_mhz if self._cards else ()
        return next_clock_mhz(self.points.of(subject), candidates_mhz, self.most_slowdown_percent)

    def _begin(self, at_s: float) -> None:
        same = at_s - self._same_since_s >= self._pace.steady_s
        if same and not self._gave_up and self._decoding:
            self._course = Course(self._decoding.generations, self._pace, at_s)

    def _learned(self, subject: Subject, mhz: int) -> Learned:
        points = self.points.of(subject)
        is_done = self._next_mhz(subject) is None
        if is_done:
            self._course = None
        return Learned(subject, points[mhz], find_knee(points, self.most_slowdown_percent), is_done)
