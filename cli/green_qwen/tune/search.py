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

from green_qwen.tune.evidence import Evidence, Ratio
from green_qwen.tune.knobs import KnobResult, Verdict, flips
from green_qwen.tune.measured import Outcome, Stage, Trial
from green_qwen.tune.plan import COARSE_SLOTS, Plan, spread
from green_qwen.tune.setting import KNOB_NAMES, LOSSY_CACHES, Setting, changes_between, plain

# Shares of the budget by which each stage has to be over.
SCREENING_UNTIL = 0.5
HALVING_UNTIL = 0.62
CONFIRMING_UNTIL = 0.8
LEAST_ARMS = 2
FINALISTS = 2
# A gain below this is not worth a line in a configuration file.
LEAST_GAIN = 0.01
# Resting watts that are worth a setting of their own.
LEAST_IDLE_W = 1.0
MOST_WINDOWS_A_KNOB = 3

Steps = Generator[Trial, Outcome, None]


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
        self._evidence = Evidence(plan.bounds)
        self._knobs: list[KnobResult] = []
        self._best: Setting | None = None

    def run(self) -> Generator[Trial, Outcome, Findings]:
        default = self._plan.default
        yield from self._try(default, 1, Stage.DEFAULT, "what the server does by itself")
        yield from self._screen()
        yield from self._halve()
        yield from self._confirm()
        yield from self._turn_knobs()
        yield from self._finish()
        return self._findings()

    def _screen(self) -> Steps:
        """The coarse grid; then the other sampling, and slots between, for what did best."""
        for tried, setting in enumerate(self._grid()):
            if tried >= LEAST_ARMS and not self._affords(1, 1, SCREENING_UNTIL):
                return
            yield from self._try(setting, 1, Stage.SCREENING, "a coarse grid of slots, in any order")
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
        leaders = self._leaders()
        for setting in leaders[: (len(leaders) + 1) // 2]:
            if not self._affords(1, 1, SCREENING_UNTIL):
                return
            other = setting.but(gpu_sampling=not setting.gpu_sampling)
            yield from self._try(other, 1, Stage.SCREENING, "the same slots, sampled on the other side")

    def _screen_neighbours(self) -> Steps:
        # Of each number of slots the best one.
        by_slots = {one.slots: one for one in reversed(self._leaders())}
        leaders = sorted(by_slots.values(), key=self._evidence.yield_of, reverse=True)
        for leader in leaders[:FINALISTS]:
            for slots in self._between(leader):
                setting = leader.but(slots=slots)
                if not self._plan.room.fits(setting) or self._evidence.windows(setting):
                    continue
                if not self._affords(1, 1, SCREENING_UNTIL):
                    return
                yield from self._try(
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
        leaders, factor = self._leaders(), 1
        while len(leaders) > FINALISTS:
            leaders, factor = leaders[: max(FINALISTS, (len(leaders) + 1) // 2)], min(3, factor + 1)
            for setting in leaders:
                if not self._affords(1, factor, HALVING_UNTIL):
                    return
                yield from self._try(setting, factor, Stage.HALVING, f"among the best {len(leaders)} so far")
            leaders = self._evidence.ranked(leaders)

    def _confirm(self) -> Steps:
        """The last two and the default in turn, forth and back, so that a drift falls on all alike."""
        turn = 0
        while turn == 0 or self._affords(FINALISTS + 1, 2, CONFIRMING_UNTIL):
            contenders = self._leaders()[:FINALISTS]
            if self._affords(1 + len(contenders), 2, CONFIRMING_UNTIL):
                contenders.insert(0, self._plan.default)
            for setting in contenders if turn % 2 == 0 else reversed(contenders):
                if not self._affords(1, 2, 1.0):
                    return
                yield from self._try(
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

    def _turn_knobs(self) -> Steps:
        leaders = self._leaders()
        if not leaders:
            return
        self._best = leaders[0]
        for name, setting in tuple(flips(self._best, self._plan.knobs)):
            # A knob that was turned for good stays turned for those that follow.
            old = self._best
            yield from self._turn(name, old, old.but(**{name: getattr(setting, name)}))

    def _turn(self, name: str, old: Setting, new: Setting) -> Steps:
        if new == old:
            return
        if not self._plan.room.fits(new):
            self._note(name, old, new, Verdict.NO_ROOM)
            return
        for repeat in range(MOST_WINDOWS_A_KNOB):
            if (repeat or not self._evidence.windows(new)) and new not in self._evidence.failures:
                if not self._affords(1, 1 + bool(repeat), 1.0):
                    break
                yield from self._try(
                    new, 1 + bool(repeat), Stage.KNOB, f"what {_words(name, old, new)} gives"
                )
            if not self._open(old, new):
                break
        self._judge(name, old, new)

    def _open(self, old: Setting, new: Setting) -> bool:
        """Better by more than is nothing and less than is certain: worth one more look."""
        if not self._evidence.may_be_chosen(new):
            return False
        ratio = self._evidence.ratio(new, old)
        return ratio.value - 1 > LEAST_GAIN and not ratio.clearly_above_one

    def _judge(self, name: str, old: Setting, new: Setting) -> None:
        evidence = self._evidence
        if new in evidence.failures:
            self._note(name, old, new, Verdict.FAILED, evidence.failures[new])
        elif not evidence.windows(new):
            self._note(name, old, new, Verdict.NO_TIME)
        else:
            self._weigh(name, old, new)

    def _weigh(self, name: str, old: Setting, new: Setting) -> None:
        ratio, bounds = self._evidence.ratio(new, old), self._plan.bounds
        breach = bounds.breach_by(self._evidence.pooled(new))
        objection = bounds.objection_to(new)
        better = ratio.clearly_above_one and ratio.value - 1 > LEAST_GAIN
        if breach:
            self._note(name, old, new, Verdict.LIMIT, breach)
        elif better and objection:
            self._note(name, old, new, Verdict.CONSENT, objection)
        elif better:
            self._take(name, old, new, Verdict.CHOSEN)
        elif name == "perf_boost" and self._rests_cheaper(new, old) and not ratio.clearly_below_one:
            self._take(name, old, new, Verdict.CHEAPER_IDLE)
        else:
            worse = ratio.clearly_below_one
            self._note(name, old, new, Verdict.WORSE if worse else Verdict.NO_GAIN, objection)

    def _take(self, name: str, old: Setting, new: Setting, verdict: Verdict) -> None:
        self._best = new
        self._note(name, old, new, verdict)

    def _rests_cheaper(self, new: Setting, old: Setting) -> bool:
        change_w = self._idle_change_w(new, old)
        return change_w is not None and change_w < -LEAST_IDLE_W

    def _idle_change_w(self, new: Setting, old: Setting) -> float | None:
        new_w, old_w = (self._idle_w(resting_kind(one)) for one in (new, old))
        return None if new_w is None or old_w is None else new_w - old_w

    def _idle_w(self, kind: tuple[bool, bool | None]) -> float | None:
        """Of all that was measured: nothing else moves a resident model's idle power."""
        alike = (one for one in self._evidence.settings if resting_kind(one) == kind)
        known = [watts for one in alike if (watts := self._evidence.pooled(one).idle_w) is not None]
        return sum(known) / len(known) if known else None

    def _note(self, name: str, old: Setting, new: Setting, verdict: Verdict, note: str = "") -> None:
        measured = bool(self._evidence.windows(new)) and bool(self._evidence.windows(old))
        ratio = self._evidence.ratio(new, old) if measured else None
        rests = name in ("perf_boost", "mmap") and measured
        idle_w = self._idle_change_w(new, old) if rests else None
        values = getattr(old, name), getattr(new, name)
        self._knobs.append(KnobResult(name, *values, verdict, ratio, idle_w, note))

    def _finish(self) -> Steps:
        """A choice that the knobs have changed goes against the default once more."""
        best = self._best
        if best is None or len(self._evidence.windows(best)) > MOST_WINDOWS_A_KNOB:
            return
        for setting in (best, self._plan.default):
            if self._affords(1, 2, 1.0):
                yield from self._try(setting, 2, Stage.FINAL, "the choice and the default once more")

    def _findings(self) -> Findings:
        evidence, default = self._evidence, self._plan.default
        ranked = evidence.ranked()
        best = self._best
        if best in ranked and not self._beaten_by_default(best):
            ranked = [best, *(one for one in ranked if one != best)]
        known = bool(ranked) and bool(evidence.windows(default))
        gain = evidence.ratio(ranked[0], default) if known else None
        return Findings(default, tuple(ranked), gain, tuple(self._knobs), evidence)

    def _beaten_by_default(self, best: Setting) -> bool:
        default = self._plan.default
        return self._evidence.may_be_chosen(default) and self._evidence.ratio(default, best).value > 1

    def _leaders(self) -> list[Setting]:
        return [one for one in self._evidence.ranked() if one != self._plan.default]

    def _affords(self, trials: int, windows: int, until: float) -> bool:
        """Whether so many trials of so many windows each are over by this share of the budget."""
        evidence, plan = self._evidence, self._plan
        # Toward the end no trial may be the longest yet; before, they even out.
        guess_s, longest = plan.trial_overhead_s, until >= 1.0
        each_s = evidence.overhead_s(guess_s, longest=longest) + windows * plan.window_s
        return evidence.spent_s + trials * each_s <= until * plan.budget_s

    def _try(self, setting: Setting, windows: int, stage: Stage, why: str) -> Steps:
        trial = Trial(setting, windows * self._plan.window_s, stage, why)
        outcome = yield trial
        self._evidence.add(trial, outcome)


def resting_kind(setting: Setting) -> tuple[bool, bool | None]:
    """What a resident model's idle power may depend on."""
    return setting.perf_boost, setting.mmap


def _words(name: str, old: Setting, new: Setting) -> str:
    before, after = changes_between(old, new)[name]
    return f"{KNOB_NAMES[name]} {plain(after)} instead of {plain(before)}"
