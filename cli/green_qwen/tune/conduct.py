# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What all stages of the search share: the plan, what was measured, and the budget."""

from __future__ import annotations

from collections.abc import Generator

from green_qwen.tune.evidence import Evidence
from green_qwen.tune.measured import Outcome, Stage, Trial
from green_qwen.tune.plan import Plan
from green_qwen.tune.setting import Setting

Steps = Generator[Trial, Outcome, None]


class Conduct:
    """One search under way."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.evidence = Evidence(plan.bounds)

    @property
    def leaders(self) -> list[Setting]:
        """All but the default that may be chosen, best first."""
        return [one for one in self.evidence.ranked() if one != self.plan.default]

    def affords(self, trials: int, windows: int, until: float) -> bool:
        """Whether so many trials of so many windows each are over by this share of the budget."""
        evidence, plan = self.evidence, self.plan
        # Toward the end no trial may be the longest yet; before, they even out.
        guess_s, longest = plan.trial_overhead_s, until >= 1.0
        each_s = evidence.overhead_s(guess_s, longest=longest) + windows * plan.window_s
        return evidence.spent_s + trials * each_s <= until * plan.budget_s

    def attempt(self, setting: Setting, windows: int, stage: Stage, why: str) -> Steps:
        trial = Trial(setting, windows * self.plan.window_s, stage, why)
        outcome = yield trial
        self.evidence.add(trial, outcome)
