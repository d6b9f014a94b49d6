# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The search carried out: each trial that it wants, with what was measured kept as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from green_qwen.tune.measured import Outcome, Stage, Trial
from green_qwen.tune.plan import Plan
from green_qwen.tune.search import Findings, search
from green_qwen.tune.state import Done, State
from green_qwen.tune.trial import Bench, Rests
from green_qwen.tune.turning import resting_kind
from green_qwen.tune.view import View


@dataclass(slots=True)
class Course:
    """Runs a search against a bench; without `rests` idle power is left out, which takes its time."""

    plan: Plan
    bench: Bench
    state: State
    view: View
    rests: bool = True

    async def run(self, known: list[Done]) -> Findings:
        """`known` is what an earlier run measured, in its order."""
        steps, replay = search(self.plan), iter(known)
        rested: set[tuple[bool, bool | None]] = set()
        trial = next(steps)
        while True:
            self.view.begin(trial)
            outcome = _known(trial, replay)
            again = outcome is not None
            if outcome is None:
                # From here on it goes another way than the earlier run, or further.
                replay = iter(())
                outcome = await self.bench.run(trial, self._rests(trial, rested), self.view.now)
            if outcome.measured is not None and outcome.measured.idle_w is not None:
                rested.add(resting_kind(trial.setting))
            self.view.done(outcome, again=again)
            self.state.add(Done(trial, outcome))
            try:
                trial = steps.send(outcome)
            except StopIteration as end:
                findings: Findings = end.value
                return findings

    def _rests(self, trial: Trial, rested: set[tuple[bool, bool | None]]) -> Rests:
        """Idle power depends on few knobs: it is measured once for each, and once more at the end."""
        idle = resting_kind(trial.setting) not in rested or trial.stage is Stage.FINAL
        return Rests(bare=self.rests and trial.stage is Stage.DEFAULT, idle=self.rests and idle)


def _known(trial: Trial, replay: Iterator[Done]) -> Outcome | None:
    done = next(replay, None)
    return done.outcome if done is not None and done.trial == trial else None
