# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The other knobs, turned one at a time on the best setting, each judged by windows side by side."""

from __future__ import annotations

from green_qwen.tune.conduct import Conduct, Steps
from green_qwen.tune.evidence import Ratio
from green_qwen.tune.knobs import KnobResult, Verdict, flips
from green_qwen.tune.measured import Stage
from green_qwen.tune.setting import KNOB_NAMES, Setting, changes_between, plain

# A gain below this is not worth a line in a configuration file.
LEAST_GAIN = 0.01
# Resting watts that are worth a setting of their own.
LEAST_IDLE_W = 1.0


class Turning:
    """What each knob gave, and the best setting with those that were turned for good."""

    def __init__(self, conduct: Conduct) -> None:
        self._conduct = conduct
        self._plan, self._evidence = conduct.plan, conduct.evidence
        self.results: list[KnobResult] = []
        self.best: Setting | None = None
        self._paired: set[Setting] = set()

    @property
    def turned(self) -> bool:
        return any(one.verdict in (Verdict.CHOSEN, Verdict.CHEAPER_IDLE) for one in self.results)

    def run(self) -> Steps:
        """Each knob in turn, on the best of all so far."""
        leaders = self._conduct.leaders
        if not leaders:
            return
        self.best = leaders[0]
        for name, setting in tuple(flips(self.best, self._plan.knobs)):
            # A knob that was turned for good stays turned for those that follow.
            old = self.best
            yield from self._turn(name, old, old.but(**{name: getattr(setting, name)}))

    def _turn(self, name: str, old: Setting, new: Setting) -> Steps:
        if new == old:
            return
        if not self._plan.room.fits(new):
            self._note(name, old, new, Verdict.NO_ROOM)
            return
        unknown = not self._evidence.windows(new) and new not in self._evidence.failures
        if unknown and self._conduct.affords(1, 1, 1.0):
            yield from self._conduct.attempt(new, 1, Stage.KNOB, f"what {_words(name, old, new)} gives")
        if self._promises(old, new) and self._conduct.affords(2, 2, 1.0):
            why = f"whether {_words(name, old, new)} holds, side by side"
            yield from self._conduct.attempt(new, 2, Stage.KNOB, why)
            yield from self._conduct.attempt(old, 2, Stage.KNOB, why)
            self._paired.add(new)
        self._judge(name, old, new)

    def _promises(self, old: Setting, new: Setting) -> bool:
        if not self._evidence.loads(new):
            return False
        return self._evidence.ratio(new, old).value - 1 > LEAST_GAIN

    def _judge(self, name: str, old: Setting, new: Setting) -> None:
        evidence = self._evidence
        if new in evidence.failures:
            self._note(name, old, new, Verdict.FAILED, evidence.failures[new])
        elif not evidence.windows(new):
            self._note(name, old, new, Verdict.NO_TIME)
        else:
            self._weigh(name, old, new)

    def _weigh(self, name: str, old: Setting, new: Setting) -> None:
        ratio, bounds = self._ratio(new, old), self._plan.bounds
        breach = bounds.breach_by(self._evidence.pooled(new))
        objection = bounds.objection_to(new)
        # One short window is no ground to change anything for.
        better = new in self._paired and ratio.clearly_above_one and ratio.value - 1 > LEAST_GAIN
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

    def _ratio(self, new: Setting, old: Setting) -> Ratio:
        """Of windows side by side where there are such, else of all."""
        evidence = self._evidence
        return evidence.ratio_of_last(new, old) if new in self._paired else evidence.ratio(new, old)

    def _take(self, name: str, old: Setting, new: Setting, verdict: Verdict) -> None:
        self.best = new
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
        ratio = self._ratio(new, old) if measured else None
        rests = name in ("perf_boost", "mmap") and measured
        idle_w = self._idle_change_w(new, old) if rests else None
        values = getattr(old, name), getattr(new, name)
        self.results.append(KnobResult(name, *values, verdict, ratio, idle_w, note))


def resting_kind(setting: Setting) -> tuple[bool, bool | None]:
    """What a resident model's idle power may depend on."""
    return setting.perf_boost, setting.mmap


def _words(name: str, old: Setting, new: Setting) -> str:
    before, after = changes_between(old, new)[name]
    return f"{KNOB_NAMES[name]} {plain(after)} instead of {plain(before)}"
