# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Cards as functions: what a setting yields on them, and what fails."""

from __future__ import annotations

from collections.abc import Callable

from green_qwen.tune.bounds import Bounds
from green_qwen.tune.measured import Measured, Outcome, Trial
from green_qwen.tune.memory import Room
from green_qwen.tune.plan import Plan
from green_qwen.tune.search import Findings, search
from green_qwen.tune.setting import Setting

START_S = 15.0
ALL_KNOBS = frozenset(
    (
        *("slots", "context_tokens", "kv_cache", "flash_attention", "batch_tokens", "threads", "mmap"),
        *("perf_boost", "gpu_sampling"),
    )
)
Yield = Callable[[Setting], float | None]


def plan(
    *, bounds: Bounds | None = None, budget_s: float = 1800.0, clients: int = 50, room: Room | None = None
) -> Plan:
    """As the command makes it for Ollama."""
    base = Setting(context_tokens=8192, perf_boost=False, gpu_sampling=True)
    return Plan(
        Setting(), base, clients, bounds or Bounds(), room or Room(1 << 62), budget_s, 10.0, ALL_KNOBS
    )


def measured(setting: Setting, tokens_per_j: float, window_s: float = 10.0) -> Measured:
    """At 400 W; waits are shorter with more slots, and idle is dear with the boost."""
    joules = 400.0 * window_s
    return Measured(
        window_s=window_s,
        output_tokens=round(tokens_per_j * joules),
        energy_j=joules,
        first_token_p95_s=50.0 / setting.slots,
        between_tokens_p95_ms=10.0 + setting.slots,
        answered=20,
        failures=0,
        idle_w=120.0 if setting.perf_boost else 72.0,
        load_j=500.0,
        bare_w=71.0,
    )


def play(plan: Plan, yield_of: Yield) -> tuple[Findings, list[Trial]]:
    """The whole search; a card that says None for a setting does not load it."""
    steps, trials = search(plan), []
    trial = next(steps)
    while True:
        trials.append(trial)
        got = yield_of(trial.setting)
        figures = None if got is None else measured(trial.setting, got, trial.window_s)
        outcome = Outcome(
            START_S + (trial.window_s if figures else 0.0), figures, "" if figures else "out of memory"
        )
        try:
            trial = steps.send(outcome)
        except StopIteration as end:
            findings: Findings = end.value
            return findings, trials
