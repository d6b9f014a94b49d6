# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""All that was measured so far, by setting: yields, limits kept or broken, and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from green_qwen.tune.bounds import Bounds
from green_qwen.tune.measured import Measured, Outcome, Trial
from green_qwen.tune.setting import Setting

# What is thought of a window's noise before repeats show it: 4 % of the yield in 10 s, worth two repeats.
PRIOR_ERROR, PRIOR_WINDOW_S = 0.04, 10.0
PRIOR_VARIANCE_S = PRIOR_ERROR**2 * PRIOR_WINDOW_S
PRIOR_WEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class Ratio:
    """One yield as a multiple of another, with its standard error."""

    value: float
    error: float

    @property
    def clearly_above_one(self) -> bool:
        return self.value - 1 > 2 * self.error

    @property
    def clearly_below_one(self) -> bool:
        return 1 - self.value > 2 * self.error


class Evidence:
    """Windows by setting, and the settings that failed."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._windows: dict[Setting, list[Measured]] = {}
        self.failures: dict[Setting, str] = {}
        self.spent_s = 0.0
        self._overheads_s: list[float] = []

    def add(self, trial: Trial, outcome: Outcome) -> None:
        self.spent_s += outcome.took_s
        if outcome.measured is None:
            self.failures[trial.setting] = outcome.failure
            return
        self.failures.pop(trial.setting, None)
        self._overheads_s.append(max(0.0, outcome.took_s - trial.window_s))
        self._windows.setdefault(trial.setting, []).append(outcome.measured)

    def overhead_s(self, guess_s: float, *, longest: bool) -> float:
        """What a trial takes beside the window that it was asked for, in the mean or at most."""
        if not self._overheads_s:
            return guess_s
        return max(self._overheads_s) if longest else fmean(self._overheads_s)

    @property
    def settings(self) -> tuple[Setting, ...]:
        return tuple(self._windows)

    def windows(self, setting: Setting) -> list[Measured]:
        return self._windows.get(setting, [])

    def pooled(self, setting: Setting) -> Measured:
        """All windows of a setting as one; raises KeyError where there is none."""
        windows = self._windows[setting]
        whole_s = sum(window.window_s for window in windows)

        def mean(values: Iterable[float]) -> float:
            # A window may be too short to have seen one.
            seen = [
                (value, window.window_s)
                for value, window in zip(values, windows, strict=True)
                if not math.isnan(value)
            ]
            weight_s = sum(window_s for _, window_s in seen)
            return sum(value * window_s for value, window_s in seen) / weight_s if seen else math.nan

        return replace(
            windows[-1],
            window_s=whole_s,
            output_tokens=sum(window.output_tokens for window in windows),
            energy_j=sum(window.energy_j for window in windows),
            first_token_p95_s=mean(window.first_token_p95_s for window in windows),
            between_tokens_p95_ms=mean(window.between_tokens_p95_ms for window in windows),
            answered=sum(window.answered for window in windows),
            failures=sum(window.failures for window in windows),
            idle_w=_mean_of(window.idle_w for window in windows),
            load_j=_mean_of(window.load_j for window in windows),
            bare_w=_mean_of(window.bare_w for window in windows),
            settled=all(window.settled for window in windows),
        )

    def yield_of(self, setting: Setting) -> float:
        return self.pooled(setting).tokens_per_j

    def loads(self, setting: Setting) -> bool:
        """Measured, and not failed since."""
        return setting in self._windows and setting not in self.failures

    def may_be_chosen(self, setting: Setting) -> bool:
        """Measured, not failed since, within the limits, and with the consent that it takes."""
        if not self.loads(setting):
            return False
        measured = self.pooled(setting)
        broken = self._bounds.breach_by(measured) or self._bounds.objection_to(setting)
        return not broken and measured.output_tokens > 0

    def ranked(self, settings: Iterable[Setting] | None = None) -> list[Setting]:
        """Those that may be chosen, best first."""
        these = self._windows if settings is None else settings
        return sorted(filter(self.may_be_chosen, these), key=self.yield_of, reverse=True)

    def error_of(self, setting: Setting) -> float:
        """Relative standard error of a setting's yield."""
        whole_s = sum(window.window_s for window in self._windows[setting])
        return math.sqrt(self._variance_s() / whole_s)

    def ratio(self, new: Setting, old: Setting) -> Ratio:
        value = self.yield_of(new) / self.yield_of(old)
        return Ratio(value, value * math.hypot(self.error_of(new), self.error_of(old)))

    def ratio_of_last(self, new: Setting, old: Setting) -> Ratio:
        """Of the last window of each, for two that were measured side by side."""
        last_new, last_old = self._windows[new][-1], self._windows[old][-1]
        value = last_new.tokens_per_j / last_old.tokens_per_j
        variance_s = self._variance_s()
        relative = math.sqrt(variance_s / last_new.window_s + variance_s / last_old.window_s)
        return Ratio(value, value * relative)

    @property
    def repeats(self) -> int:
        """Windows beyond the first of their setting: what is known of noise, beside what is assumed."""
        return sum(len(windows) - 1 for windows in self._windows.values() if _yield_of(windows) > 0)

    def _variance_s(self) -> float:
        """Relative variance of a window of one second, from windows of the same setting."""
        spread = 0.0
        for windows in self._windows.values():
            mean = _yield_of(windows)
            if mean > 0:
                spread += sum((w.tokens_per_j / mean - 1) ** 2 * w.window_s for w in windows)
        return (PRIOR_WEIGHT * PRIOR_VARIANCE_S + spread) / (PRIOR_WEIGHT + self.repeats)


def _yield_of(windows: Sequence[Measured]) -> float:
    return sum(w.output_tokens for w in windows) / sum(w.energy_j for w in windows)


def _mean_of(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
