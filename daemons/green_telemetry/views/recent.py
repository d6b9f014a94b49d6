# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The power of the last minutes, for whoever begins to look now: a bounded number of figures, no names."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from green_telemetry.phases import DECODE, LOADING, PREFILL
from green_telemetry.views.snapshot import Flight, Snapshot

KEEP_S = 600.0
# Snapshots come twice a second as installed; of a phase that is shorter than this one point is kept too.
EVERY_S = 0.9
MOST_POINTS = 1000
IDLE = "idle"
PLACES = 3


@dataclass(frozen=True, slots=True)
class Point:
    """All GPUs together at one moment; what is not known of each of them is not known of all."""

    at_s: float
    power_w: float
    baseline_w: float | None
    limit_w: float | None
    phase: str
    in_flight: int


class Recent:
    """Points of the last ten minutes, oldest first."""

    def __init__(self) -> None:
        self._points: deque[Point] = deque(maxlen=MOST_POINTS)

    def add(self, snapshot: Snapshot) -> None:
        """Keep what is worth a point."""
        point = point_of(snapshot)
        if point is None:
            return
        if self._points and point.at_s < self._points[-1].at_s:
            # The clock was set back: what is remembered has wrong times.
            self._points.clear()
        if self._points and not _is_news(self._points[-1], point):
            return
        self._points.append(point)
        while self._points[0].at_s < point.at_s - KEEP_S:
            self._points.popleft()

    def points(self) -> tuple[Point, ...]:
        return tuple(self._points)


def point_of(snapshot: Snapshot) -> Point | None:
    """None where no GPU tells its power."""
    read = [gpu for gpu in snapshot.gpus if gpu.present and gpu.sample and gpu.sample.power_w is not None]
    power_w = _sum(gpu.sample.power_w for gpu in read if gpu.sample)
    if power_w is None:
        return None
    return Point(
        at_s=round(snapshot.at_s, PLACES),
        power_w=power_w,
        baseline_w=_sum(gpu.baseline_w for gpu in read),
        limit_w=_sum(gpu.power_limit_w for gpu in read),
        phase=phase_of_all(snapshot.flights),
        in_flight=len(snapshot.flights),
    )


def phase_of_all(flights: Iterable[Flight]) -> str:
    """Of several in different phases the earliest one: a prompt that is read is what makes a spike."""
    phases = {flight.phase for flight in flights}
    return next((phase for phase in (LOADING, PREFILL, DECODE) if phase in phases), IDLE)


def _is_news(last: Point, point: Point) -> bool:
    return point.phase != last.phase or point.at_s - last.at_s >= EVERY_S


def _sum(values: Iterable[float | None]) -> float | None:
    """None where there is none, or one of them is not known."""
    all_values = list(values)
    known = [value for value in all_values if value is not None]
    return round(sum(known), PLACES) if known and len(known) == len(all_values) else None
