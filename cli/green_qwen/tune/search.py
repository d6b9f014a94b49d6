# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
The search: a generator that says what to measure next, and is told what came of it.

No order is assumed over slots: yields jump where a server changes kernels. A coarse grid is screened in short
windows; the better half is measured again in longer ones, and so on; the last two go against the default in
alternation; then the other knobs are turned one at a time. Given the same outcomes it always takes the same
way, so that a search is resumed by telling it again what was measured.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from itertools import pairwise

from green_qwen.tune.conduct import Conduct, Steps
from green_qwen.tune.evidence import Evidence, Ratio
from green_qwen.tune.knobs import KnobResult
from green_qwen.tune.measured import Outcome, Stage, Trial
from green_qwen.tune.plan import COARSE_SLOTS, Plan, spread
from green_qwen.tune.setting import LOSSY_CACHES, Setting
from green_qwen.tune.turning import Turning

# Shares of the budget by which each stage has to be over.
SCREENING_UNTIL = 0.5
HALVING_UNTIL = 0.62
CONFIRMING_UNTIL = 0.8
LEAST_ARMS = 2
FINALISTS = 2


@dataclass(frozen=True, slots=True)
class Findings:
    """What the search ends with; `ranked` begins with the chosen setting, next best after it."""

    default: Setting
    ranked: tuple[Setting, ...]
    gain: Ratio | None
    knobs: tuple[KnobResult, ...]
    evidence: Evidence

    @property
    def chosen(self) -> Setting | None:
        return self.ranked[0] if self.ranked else None

    @property
    def better(self) -> tuple[Setting, ...]:
        """Those that do better than the default, best first."""
        if self.default not in self.ranked:
            return self.ranked
        return self.ranked[: self.ranked.index(self.default)]


def search(plan: Plan) -> Generator[Trial, Outcome, Findings]:
    """Yields trials, takes their outcomes, returns what was found."""
    return (yield from _Search(plan).run())


class _Search:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._conduct = Conduct(plan)
        self._evidence = self._conduct.evidence
        self._turning = Turning(self._conduct)

    def run(self) -> Generator[Trial, Outcome, Findings]:
        default = self._plan.default
        yield from self._conduct.attempt(default, 1, Stage.DEFAULT, "what the server does by itself")
        yield from self._screen()
        yield from self._halve()
        yield from self._confirm()
        yield from self._turning.run()
        yield from self._finish()
        return self._findings()

    def _screen(self) -> Steps:
        """The coarse grid; then the other sampling, and slots between, for what did best."""
        for tried, setting in enumerate(self._grid()):
            if tried >= LEAST_ARMS and not self._conduct.affords(1, 1, SCREENING_UNTIL):
                return
            yield from self._conduct.attempt(setting, 1, Stage.SCREENING, "a coarse grid of slots")
        if "gpu_sampling" in self._plan.knobs:
            yield from self._screen_sampling()
        yield from self._screen_neighbours()

    def _grid(self) -> Iterable[Setting]:
        fits = {
            one.slots: one for slots in self._plan.fine_slots if (one := self._fitting(slots)) is not None
        }
        coarse = {slots for slots in fits if slots in COARSE_SLOTS}
        for slots in spread(tuple(sorted({*coarse, max(fits, default=1)} & fits.keys()))):
            yield fits[slots]

    def _fitting(self, slots: int) -> Setting | None:
        """So many slots as they fit; with a smaller cache where that has consent; else nothing."""
        setting = self._plan.base.but(slots=slots)
        if self._plan.room.fits(setting):
            return setting
        if self._plan.bounds.allow_lossy_cache and "kv_cache" in self._plan.knobs:
            smaller = (setting.but(kv_cache=kind) for kind in LOSSY_CACHES)
            return next((one for one in smaller if self._plan.room.fits(one)), None)
        return None

    def _screen_sampling(self) -> Steps:
        leaders = self._conduct.leaders
        for setting in leaders[: (len(leaders) + 1) // 2]:
            if not self._conduct.affords(1, 1, SCREENING_UNTIL):
                return
            other = setting.but(gpu_sampling=not setting.gpu_sampling)
            yield from self._conduct.attempt(other, 1, Stage.SCREENING, "the same slots, sampled elsewhere")

    def _screen_neighbours(self) -> Steps:
        # Of each number of slots the best one.
        by_slots = {one.slots: one for one in reversed(self._conduct.leaders)}
        leaders = sorted(by_slots.values(), key=self._evidence.yield_of, reverse=True)
        for leader in leaders[:FINALISTS]:
            for slots in self._between(leader):
                setting = leader.but(slots=slots)
                if not self._plan.room.fits(setting) or self._evidence.windows(setting):
                    continue
                if not self._conduct.affords(1, 1, SCREENING_UNTIL):
                    return
                yield from self._conduct.attempt(
                    setting, 1, Stage.SCREENING, f"beside {leader.slots} slots, which did well"
                )

    def _between(self, leader: Setting) -> tuple[int, ...]:
        """On the fine grid, halfway to the measured slots on either side."""
        tried = (*self._evidence.settings, *self._evidence.failures)
        fine, known = self._plan.fine_slots, sorted({one.slots for one in tried})
        found = []
        for low, high in pairwise(known):
            inside = [slots for slots in fine if low < slots < high]
            if leader.slots in (low, high) and inside:
                found.append(inside[len(inside) // 2])
        return tuple(found)

    def _halve(self) -> Steps:
        """The better half again, in longer windows, until two are left or the time for it is over."""
        leaders, factor = self._conduct.leaders, 1
        while len(leaders) > FINALISTS:
            leaders, factor = leaders[: max(FINALISTS, (len(leaders) + 1) // 2)], min(3, factor + 1)
            for setting in leaders:
                if not self._conduct.affords(1, factor, HALVING_UNTIL):
                    return
                why = f"among the best {len(leaders)} so far"
                yield from self._conduct.attempt(setting, factor, Stage.HALVING, why)
            leaders = self._evidence.ranked(leaders)

    def _confirm(self) -> Steps:
        """The last two and the default in turn, forth and back, so that a drift falls on all alike."""
        turn = 0
        while turn == 0 or self._conduct.affords(FINALISTS + 1, 2, CONFIRMING_UNTIL):
            contenders = self._conduct.leaders[:FINALISTS]
            if self._conduct.affords(1 + len(contenders), 2, CONFIRMING_UNTIL):
                contenders.insert(0, self._plan.default)
            for setting in contenders if turn % 2 == 0 else reversed(contenders):
                if not self._conduct.affords(1, 2, 1.0):
                    return
                yield from self._conduct.attempt(
                    setting, 2, Stage.CONFIRMING, "the last ones against the default, in turn"
                )
            turn += 1
            if self._decided(contenders):
                return

    def _decided(self, contenders: list[Setting]) -> bool:
        ranked = self._evidence.ranked(contenders)
        if len(ranked) < 2:
            return True
        return self._evidence.ratio(ranked[0], ranked[1]).clearly_above_one

    def _finish(self) -> Steps:
        """A choice that the knobs have changed goes against the default once more."""
        best = self._turning.best
        if best is None or not self._turning.turned:
            return
        for setting in (best, self._plan.default):
            if self._conduct.affords(1, 2, 1.0):
                yield from self._conduct.attempt(setting, 2, Stage.FINAL, "the choice and the default again")

    def _findings(self) -> Findings:
        evidence, default = self._evidence, self._plan.default
        ranked = evidence.ranked()
        best = self._turning.best
        if best in ranked and not self._beaten_by_default(best):
            ranked = [best, *(one for one in ranked if one != best)]
        known = bool(ranked) and bool(evidence.windows(default))
        gain = evidence.ratio(ranked[0], default) if known else None
        return Findings(default, tuple(ranked), gain, tuple(self._turning.results), evidence)

    def _beaten_by_default(self, best: Setting) -> bool:
        default = self._plan.default
        return self._evidence.may_be_chosen(default) and self._evidence.ratio(default, best).value > 1
