# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Windows on their way to the journal: drawn out while the GPU rests, joined where there are too many."""

from __future__ import annotations

import math
from typing import Any

from green_telemetry.audit.budget import Allowance, Budget
from green_telemetry.window import MEASURES

LONGEST_S = 600.0
# A little more often than they come, so that a beat that is early costs none.
EARLY = 0.99
BURST = 3
# More than this of a window at rest is worth an entry of its own.
RESTFUL_PERCENT = 5.0

Fields = dict[str, Any]
_FIRST = ("start", "counter_first_j", "counter_first_at_s")
_SUMMED = ("duration_s", "samples", "generations_ended")


class Summaries:
    """
    The windows of one GPU.

    One at rest waits to be joined with those that follow, up to ten minutes; the first after work does not.
    Where a GPU comes and goes, windows are short and many: they are joined as well, and none is left out.
    """

    def __init__(self, window_s: float) -> None:
        self._budget = Budget({"window": Allowance(BURST, max(1.0, EARLY * window_s))})
        self._held: Fields | None = None
        self._resting = False

    def add(self, window: Fields, now_s: float) -> list[Fields]:
        """Take one in; returns what is to be written now."""
        restful = is_restful(window)
        fits = self._held is not None and _alike(self._held, window)
        if self._held is not None and not (restful and self._resting and fits):
            return self._end_rest(window, restful, now_s)
        self._held = window if self._held is None else joined(self._held, window)
        if restful and self._resting and self._held["duration_s"] < LONGEST_S - 1.0:
            return []
        return self._write(restful, now_s)

    def rest(self) -> list[Fields]:
        """What still waits, at a stop."""
        held, self._held = self._held, None
        return [held] if held is not None else []

    def _end_rest(self, window: Fields, restful: bool, now_s: float) -> list[Fields]:
        assert self._held is not None
        if self._budget.take("window", now_s) is None:
            self._held = joined(self._held, window)
            self._resting = False
            return []
        held, self._held = self._held, window
        return [held, *self._write(restful, now_s)]

    def _write(self, restful: bool, now_s: float) -> list[Fields]:
        if self._budget.take("window", now_s) is None:
            self._resting = False
            return []
        self._resting = restful
        return self.rest()


def is_restful(window: Fields) -> bool:
    """True where nobody but the baseline had a part in it."""
    others_j = abs(window.get("others_j") or 0.0)
    worked = window["generations_ended"] or abs(window["generations_j"]) > 0.0
    percent = window["unattributed_percent"] or 0.0
    return not worked and abs(percent) < RESTFUL_PERCENT and others_j < 0.01 * max(1.0, window["energy_j"])


def joined(one: Fields, other: Fields) -> Fields:
    """Two windows as one: the first reading, the last reading, and the sum of the accounts."""
    whole = {**one, **other, **{name: one[name] for name in _FIRST if name in one}}
    for name in {*one, *other}:
        if name in _SUMMED or (name.endswith("_j") and not name.startswith("counter_")):
            whole[name] = _total(one.get(name), other.get(name))
    hole = one["counter_last_j"] != other["counter_first_j"]
    whole["gaps"] = one.get("gaps", 0) + other.get("gaps", 0) + hole
    whole["windows"] = one.get("windows", 1) + other.get("windows", 1)
    whole["baseline_provisional"] = one["baseline_provisional"] or other["baseline_provisional"]
    energy_j = whole["energy_j"]
    whole["unattributed_percent"] = (
        round(100 * whole["unattributed_j"] / energy_j, 2) if energy_j > 0 else None
    )
    for name, unit, _ in MEASURES:
        _join_statistic(whole, one, other, name, unit)
    return whole


def _alike(one: Fields, other: Fields) -> bool:
    """Only what was measured in the same way, one right after the other, makes one window at rest."""
    same = all(one.get(name) == other.get(name) for name in ("feed", "method", "baseline_provisional"))
    return same and one["counter_last_j"] == other["counter_first_j"]


def _total(one: float | None, other: float | None) -> float:
    total = (one or 0) + (other or 0)
    return round(total, 3) if isinstance(total, float) else total


def _join_statistic(whole: Fields, one: Fields, other: Fields, name: str, unit: str) -> None:
    mean, greatest, deviation = (f"{name}_{what}_{unit}" for what in ("mean", "greatest", "deviation"))
    parts = [
        (max(1, part["samples"]), part[mean], part[deviation] or 0.0)
        for part in (one, other)
        if part.get(mean) is not None
    ]
    if not parts:
        return
    count = sum(samples for samples, _, _ in parts)
    middle = sum(samples * value for samples, value, _ in parts) / count
    squares = sum(samples * (off**2 + value**2) for samples, value, off in parts) / count
    whole[mean] = round(middle, 3)
    whole[deviation] = round(math.sqrt(max(0.0, squares - middle**2)), 3)
    whole[greatest] = max(part[greatest] for part in (one, other) if part.get(greatest) is not None)
