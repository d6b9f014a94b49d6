# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How far receipts are from the truth: mean, spread and sum, by load."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from bench.truth.trial import Held, Trial

ALL = "all"
FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Figures:
    """
    Errors of some receipts, as shares of their truth and without their sign.

    `weighted` gives each receipt the weight of its joules. `total` is signed: what all say against what
    all are. `within` is the share of receipts whose truth lies within the uncertainty that they state.
    """

    receipts: int
    mean: float
    median: float
    p95: float
    worst: float
    weighted: float
    total: float
    within: float


def figures(held: Iterable[Held]) -> Figures:
    """Receipts of work that never began have no error of their own, but count in the sums."""
    every = list(held)
    true_j = sum(one.true_j for one in every)
    errors = sorted(abs(one.error) for one in every if one.true_j > 0)
    return Figures(
        receipts=len(every),
        mean=fmean(errors),
        median=median(errors),
        p95=errors[int(0.95 * (len(errors) - 1))],
        worst=errors[-1],
        weighted=sum(abs(one.said_j - one.true_j) for one in every) / true_j,
        total=sum(one.said_j for one in every) / true_j - 1,
        within=sum(one.within for one in every) / len(every),
    )


def answers(trials: Sequence[Trial], load: str = ALL) -> list[Held]:
    """Receipts of whole answers, the proxy's own loads left out."""
    return [one for one in _held(trials, load) if one.outcome == FINISHED and not one.own_load]


def given_up(trials: Sequence[Trial], load: str = ALL) -> list[Held]:
    """Receipts of answers whose client left."""
    return [one for one in _held(trials, load) if one.outcome != FINISHED]


def own_loads(trials: Sequence[Trial]) -> list[Held]:
    """Receipts of the proxy's own loads of the model."""
    return [one for one in _held(trials, ALL) if one.own_load]


def total_errors(trials: Sequence[Trial]) -> list[float]:
    """By seed: what all its receipts say against what they are, without the sign."""
    return [abs(figures(trial.held).total) for trial in trials]


def loads(trials: Sequence[Trial]) -> list[str]:
    return sorted({one.load for trial in trials for one in trial.held}, key=_clients)


def _held(trials: Sequence[Trial], load: str) -> Iterable[Held]:
    return (one for trial in trials for one in trial.held if load in (ALL, one.load))


def _clients(load: str) -> tuple[int, str]:
    first = load.split()[0]
    return (int(first) if first.isdigit() else 1, load)
