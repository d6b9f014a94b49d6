# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The table for docs/measurements.md; everything in it is simulated, and says so."""

from __future__ import annotations

from collections.abc import Sequence

from bench.truth.figures import Figures, answers, figures, given_up, loads, own_loads, total_errors
from bench.truth.trial import Held, Trial

HEAD = (
    "| load (simulated) | receipts | mean | median | P95 | worst | by joules | sum | within their ± |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
)


def report(trials: Sequence[Trial]) -> str:
    """One line for each load, and what it was all about below."""
    groups: list[tuple[str, Sequence[Held]]] = [(load, answers(trials, load)) for load in loads(trials)]
    groups.append(("clients that left", given_up(trials)))
    groups.append(("the proxy's own loads of the model", own_loads(trials)))
    groups.append(("all", [one for trial in trials for one in trial.held]))
    rows = [_row(name, figures(held)) for name, held in groups if any(one.true_j > 0 for one in held)]
    totals = sorted(total_errors(trials))
    unattributed = max(trial.unattributed_percent for trial in trials)
    without = sum(trial.without for trial in trials)
    return "\n".join(
        (
            HEAD,
            *rows,
            "",
            f"Simulated: {len(trials)} seeds. Sum of all receipts of a seed: off by "
            f"{_percent(sum(totals) / len(totals))} in the mean, {_percent(totals[-1])} at worst. "
            f"Greatest unattributed part of a window: {unattributed:.2f} %. "
            f"Requests without a receipt: {without}.",
        )
    )


def _row(name: str, of: Figures) -> str:
    errors = (of.mean, of.median, of.p95, of.worst, of.weighted)
    cells = [name, str(of.receipts), *map(_percent, errors), f"{100 * of.total:+.2f} %", f"{of.within:.0%}"]
    return f"| {' | '.join(cells)} |"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
