# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-idle's decode clock on one simulated card, in virtual time."""

from __future__ import annotations

from pathlib import Path

from green_common.feed.messages import Accepted, Beat, FirstToken, Forwarded, FromProxy, Hello, Tokens
from green_idle.decode.clock import Cards, DecodeClock, Learned
from green_idle.decode.knee import choose_candidates_mhz
from green_idle.decode.points import Points
from green_sim.gpu.card import Card, ClockRange
from green_sim.gpu.curves import SM_CLOCKS_MHZ, Clock, Curves, Phase, Work

STEP_S = 0.05
TOLD_EVERY, READ_EVERY, BEAT_EVERY = 5, 5, 20
LONGEST_S = 600.0
MODEL = "m"


class World:
    """So many sequences decode until nothing is left to be measured, told as green-proxy would tell it."""

    def __init__(self, curves: Curves, batch: int, *, most_slowdown_percent: float, seed: int = 0) -> None:
        self.card = Card(0, 0.0, seed=seed, curves=curves)
        self.clock = DecodeClock(
            Points(Path("/nowhere/decode.json")), most_slowdown_percent=most_slowdown_percent
        )
        self.visited_mhz: list[int] = []
        self.now_s = 0.0
        self._work = Work(Phase.DECODE, batch)
        self._names = [f"g{number}" for number in range(batch)]
        self._tokens = 0.0
        self._mhz: int | None = None

    def learn(self) -> Learned | None:
        """What the last pair has shown; None where not even one came about."""
        self._begin()
        learned = None
        step = 0
        while self.now_s < LONGEST_S and not (learned and learned.is_done):
            step += 1
            self._pass(step)
            learned = self.clock.turn(self.now_s) or learned
            self._obey(self.clock.wish(self.now_s).sm_clock_mhz)
        return learned

    def _begin(self) -> None:
        self.card.set_work(0.0, self._work)
        self._say(Hello(0, 0))
        for name in self._names:
            self._say(Accepted(name, "/"), Forwarded(name, (name,), MODEL), FirstToken(name))
        cards = Cards((self.card.uuid,), "simulated", choose_candidates_mhz(SM_CLOCKS_MHZ))
        self.clock.found(cards)

    def _pass(self, step: int) -> None:
        curves, batch = self.card.curves, self._work.batch
        per_s = curves.decode_tokens_per_s(batch) * curves.speed(self._work, self.card.clock)
        self._tokens += per_s * STEP_S / batch
        self.now_s = step * STEP_S
        self.card.advance(self.now_s)
        if step % TOLD_EVERY == 0:
            self._say(*(Tokens(name, int(self._tokens)) for name in self._names))
        if step % BEAT_EVERY == 0:
            self._say(Beat(batch, batch))
        if step % READ_EVERY == 0:
            power_w = self.card.sensors.published.power_instant_w
            self.clock.saw(power_w, self.card.clock.sm_mhz, self.now_s)

    def _obey(self, mhz: int | None) -> None:
        if mhz == self._mhz:
            return
        self._mhz = mhz
        if mhz is None:
            self.card.reset_sm(self.now_s)
        else:
            self.card.lock_sm(self.now_s, ClockRange(mhz, mhz))
            self.visited_mhz.append(mhz)

    def _say(self, *messages: FromProxy) -> None:
        for message in messages:
            self.clock.heard(message, self.now_s)


def joules_per_token(curves: Curves, batch: int, mhz: int) -> float:
    """The truth, without noise."""
    return curves.power_w(Work(Phase.DECODE, batch), Clock(mhz)) / tokens_per_s(curves, batch, mhz)


def between_tokens_ms(curves: Curves, batch: int, mhz: int) -> float:
    """How long each sequence waits for its next token; the truth."""
    return 1000 * batch / tokens_per_s(curves, batch, mhz)


def tokens_per_s(curves: Curves, batch: int, mhz: int) -> float:
    return curves.decode_tokens_per_s(batch) * curves.speed(Work(Phase.DECODE, batch), Clock(mhz))
