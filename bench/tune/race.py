# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One search on one card, and how its choice compares with the best that there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.tune.virtual import Ask, VirtualBench
from green_qwen.tune.bounds import Bounds
from green_qwen.tune.measured import Stage, Trial
from green_qwen.tune.memory import ModelShape, Room
from green_qwen.tune.plan import Plan
from green_qwen.tune.search import Findings, search
from green_qwen.tune.setting import Setting
from green_sim.gpu.card import MEMORY_TOTAL_BYTES
from green_sim.gpu.costs import Make

SHAPE = ModelShape(64, 8, 128, 128, 20_201_253_588, 40960)
KNOBS = frozenset(
    ("slots", "context_tokens", "kv_cache", "flash_attention", "batch_tokens", "perf_boost", "gpu_sampling")
)
CONTEXT_TOKENS = 4096
# Long enough that what is left of noise decides nothing.
TRUTH_WINDOW_S = 60.0


@dataclass(frozen=True, slots=True)
class Result:
    """Yields are the simulation's in long windows, which the search has never seen."""

    seed: int
    chosen: Setting
    best: Setting
    chosen_yield: float
    best_yield: float
    default_yield: float
    spent_s: float
    budget_s: float

    @property
    def of_best(self) -> float:
        return self.chosen_yield / self.best_yield


def plan_for(ask: Ask, bounds: Bounds, *, budget_s: float, window_s: float) -> Plan:
    """As the command makes it."""
    base = Setting(context_tokens=bounds.context_tokens, perf_boost=False, gpu_sampling=True)
    room = Room(MEMORY_TOTAL_BYTES, SHAPE)
    return Plan(Setting(), base, ask.clients, bounds, room, budget_s, window_s, KNOBS)


def find(make: Make, ask: Ask, plan: Plan, seed: int) -> Findings:
    """The search against virtual trials."""
    bench, steps = VirtualBench(make, ask, seed=seed), search(plan)
    trial = next(steps)
    while True:
        try:
            trial = steps.send(bench.run(trial))
        except StopIteration as end:
            findings: Findings = end.value
            return findings


def race(make: Make, ask: Ask, plan: Plan, seed: int) -> Result:
    """The choice against the best of all."""
    findings = find(make, ask, plan, seed)
    chosen = findings.chosen or plan.default
    truth = Truth(make, ask, seed)
    best = max(candidates(plan), key=truth.yield_of)
    return Result(
        seed=seed,
        chosen=chosen,
        best=best,
        chosen_yield=truth.yield_of(chosen),
        best_yield=truth.yield_of(best),
        default_yield=truth.yield_of(plan.default),
        spent_s=findings.evidence.spent_s,
        budget_s=plan.budget_s,
    )


class Truth:
    """Yields in long windows, each measured once."""

    def __init__(self, make: Make, ask: Ask, seed: int) -> None:
        self._bench = VirtualBench(make, ask, seed=seed + 1_000_000)
        self._known: dict[Setting, float] = {}

    def yield_of(self, setting: Setting) -> float:
        if setting not in self._known:
            outcome = self._bench.run(Trial(setting, TRUTH_WINDOW_S, Stage.FINAL, "the truth"))
            self._known[setting] = outcome.measured.tokens_per_j if outcome.measured else 0.0
        return self._known[setting]


def candidates(plan: Plan) -> Iterator[Setting]:
    """All that may be chosen and fits: slots by sampling, on the other knobs as the search begins."""
    for slots in plan.fine_slots:
        for gpu_sampling in (True, False):
            setting = plan.base.but(slots=slots, gpu_sampling=gpu_sampling)
            if plan.room.fits(setting):
                yield setting
