# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the GPUs took today: the journal's windows, and what their counters have risen by since."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from green_qwen.top.view import Energy

Fields = Mapping[str, Any]


def midnight_s(now_s: float) -> float:
    """When this day began, by the local clock."""
    now = datetime.datetime.fromtimestamp(now_s).astimezone()
    return datetime.datetime.combine(now.date(), datetime.time()).astimezone().timestamp()


@dataclass(frozen=True, slots=True)
class Day:
    """The booked joules of a day, and each GPU's counter where they end."""

    began_s: float
    booked_j: float = 0.0
    counters_j: Mapping[str, float] = field(default_factory=dict)

    def energy(self, now_j: Mapping[str, float]) -> Energy:
        """A counter that has fallen began anew: what it shows is since then."""
        beyond_j = sum(
            _risen(self.counters_j[uuid], now_j[uuid]) for uuid in self.counters_j if uuid in now_j
        )
        return Energy(self.booked_j + beyond_j, self.began_s, booked=True)


def day_of(windows: Iterable[Fields], began_s: float) -> Day | None:
    """Of one that began yesterday only its part of today counts. None where there is no window."""
    booked_j, counters_j = 0.0, {}
    for window in windows:
        took_s = window.get("duration_s") or 0.0
        part = min(1.0, (window["at_s"] - began_s) / took_s) if took_s > 0 else 1.0
        booked_j += part * (window.get("energy_j") or 0.0)
        counters_j[str(window.get("gpu_uuid"))] = window.get("counter_last_j") or 0.0
    return Day(began_s, booked_j, counters_j) if counters_j else None


class Since:
    """Where no journal tells of the day: what the counters have risen by while somebody watches."""

    def __init__(self) -> None:
        self._first_j: dict[str, float] = {}
        self._began_s: float | None = None

    def energy(self, now_j: Mapping[str, float], at_s: float) -> Energy | None:
        """None before a counter was read twice."""
        if self._began_s is None and now_j:
            self._began_s = at_s
        for uuid, counter_j in now_j.items():
            self._first_j.setdefault(uuid, counter_j)
        if self._began_s is None or at_s <= self._began_s:
            return None
        risen_j = sum(_risen(self._first_j[uuid], counter_j) for uuid, counter_j in now_j.items())
        return Energy(risen_j, self._began_s, booked=False)


def _risen(before_j: float, now_j: float) -> float:
    return now_j - before_j if now_j >= before_j else now_j
