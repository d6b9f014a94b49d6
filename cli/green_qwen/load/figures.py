# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The figures of a window, from what clients and meter wrote down."""

from __future__ import annotations

import bisect
import functools
import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from green_common.gpu.reasons import THROTTLING, reason_names
from green_qwen.load.counter import Energy, energy_between
from green_qwen.load.gpu_log import GpuLog, State
from green_qwen.load.quantile import Quantile, quantile
from green_qwen.load.record import Answer, Record

TEMPERATURE_ALERT_C = 85
# Below this a hot GPU counts as cooled down, so that one on the edge is not counted each second.
COOLER_C = 5


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time on the monotonic clock."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    def holds(self, time_s: float) -> bool:
        return self.start_s < time_s <= self.end_s


@dataclass(frozen=True, slots=True)
class Rest:
    """What the GPUs drew in a window, whatever they did."""

    duration_s: float
    energy: Energy
    counted: bool
    highest_c: int | None
    temperature_alerts: int
    throttled: Mapping[str, int]
    used_bytes: int | None

    @property
    def mean_power_w(self) -> float:
        return self.energy.energy_j / self.duration_s


@dataclass(frozen=True, slots=True)
class Figures:
    """
    A load's window.

    tokens: generated within it, by the server's counts, in proportion to the pieces that came within it.
    answered: requests that ended within it, with prompt_tokens. Latencies and first tokens take those into
    account that are still open at its end (quantile.py). gap: time between pieces of one answer.
    waiting_clients: those that had no answer at all before its start: above 0 it was not steady yet.
    """

    drawn: Rest
    tokens: float
    prompt_tokens: int
    answered: int
    failures: Mapping[str, int]
    latency_p50: Quantile
    latency_p95: Quantile
    longest_s: float
    first_token_p50: Quantile
    first_token_p95: Quantile
    gap_p50_s: float
    gap_p95_s: float
    waiting_clients: int

    @property
    def tokens_per_s(self) -> float:
        return self.tokens / self.drawn.duration_s

    @property
    def tokens_per_joule(self) -> float:
        """The same as tokens per second and watt."""
        return self.tokens / self.drawn.energy.energy_j

    @property
    def joules_per_token(self) -> float:
        return self.drawn.energy.energy_j / self.tokens if self.tokens else float("nan")

    @property
    def joules_per_answer(self) -> float:
        return self.drawn.energy.energy_j / self.answered if self.answered else float("nan")


def figures_of(record: Record, window: Window, logs: Sequence[GpuLog], clients: int = 0) -> Figures:
    """Raises ValueError where the GPUs were not read at both edges."""
    ended = [answer for answer in record.answers if window.holds(answer.end_s)]
    starts = list(_starts(record))
    # An answer that came after the window was open at its end.
    open_s = [
        *(window.end_s - one.start_s for one in record.answers if one.start_s <= window.end_s < one.end_s),
        *(window.end_s - one.start_s for one in record.open.values() if one.start_s <= window.end_s),
    ]
    unseen_s = [
        window.end_s - start_s
        for start_s, first_s in starts
        if start_s <= window.end_s and (first_s is None or first_s > window.end_s)
    ]
    firsts_s = [
        first_s - start_s for start_s, first_s in starts if first_s is not None and window.holds(first_s)
    ]
    latencies_s = [answer.latency_s for answer in ended]
    gaps_s = sorted(_gaps(record, window))
    early = {answer.client for answer in record.answers if answer.end_s <= window.start_s}
    return Figures(
        drawn=drawn_in(window, logs),
        tokens=_tokens(record, window),
        prompt_tokens=sum(answer.prompt_tokens for answer in ended),
        answered=len(ended),
        failures=Counter(failure.kind for failure in record.failures if window.holds(failure.at_s)),
        latency_p50=quantile(latencies_s, 0.5, open_s),
        latency_p95=quantile(latencies_s, 0.95, open_s),
        longest_s=max([*latencies_s, *open_s], default=float("nan")),
        first_token_p50=quantile(firsts_s, 0.5, unseen_s),
        first_token_p95=quantile(firsts_s, 0.95, unseen_s),
        gap_p50_s=quantile(gaps_s, 0.5).value_s,
        gap_p95_s=quantile(gaps_s, 0.95).value_s,
        waiting_clients=max(0, clients - len(early)),
    )


def drawn_in(window: Window, logs: Sequence[GpuLog]) -> Rest:
    """Of a window with or without a load. Raises ValueError where the GPUs were not read at both edges."""
    energies = (energy_between(log.readings, window.start_s, window.end_s) for log in logs)
    states = [[state for state in log.states if window.holds(state.at_s)] for log in logs]
    seen = [state for of_one in states for state in of_one]
    used = [max((state.used_bytes or 0 for state in of_one), default=0) for of_one in states]
    return Rest(
        duration_s=window.duration_s,
        energy=functools.reduce(operator.add, energies, Energy(0.0, 0.0)),
        counted=all(log.counted for log in logs),
        highest_c=max((one.temperature_c for one in seen if one.temperature_c is not None), default=None),
        temperature_alerts=sum(_alerts(of_one) for of_one in states),
        throttled=sum((_throttled(of_one) for of_one in states), Counter()),
        used_bytes=sum(used) or None,
    )


def _tokens(record: Record, window: Window) -> float:
    pieces = sum(len(answer.token_times_s) for answer in record.answers)
    counted = sum(answer.output_tokens for answer in record.answers if answer.token_times_s)
    # What is open has no count yet; others' pieces say how many tokens one holds.
    per_piece = counted / pieces if pieces else 1.0
    open_ = sum(_between(one.token_times_s, window) for one in record.open.values())
    return sum(_tokens_of(answer, window) for answer in record.answers) + per_piece * open_


def _tokens_of(answer: Answer, window: Window) -> float:
    if not answer.token_times_s:
        return float(answer.output_tokens if window.holds(answer.end_s) else 0)
    share = _between(answer.token_times_s, window) / len(answer.token_times_s)
    return answer.output_tokens * share


def _between(times_s: Sequence[float], window: Window) -> int:
    return bisect.bisect_right(times_s, window.end_s) - bisect.bisect_right(times_s, window.start_s)


def _starts(record: Record) -> Iterator[tuple[float, float | None]]:
    """When each request began, and when its first piece came, None where that is still to come."""
    for answer in record.answers:
        yield answer.start_s, answer.start_s + answer.first_token_s
    for one in record.open.values():
        yield one.start_s, one.token_times_s[0] if one.token_times_s else None


def _gaps(record: Record, window: Window) -> Iterator[float]:
    streams: Iterable[Sequence[float]] = [
        *(answer.token_times_s for answer in record.answers),
        *(one.token_times_s for one in record.open.values()),
    ]
    for times_s in streams:
        yield from (later_s - sooner_s for sooner_s, later_s in pairwise(times_s) if window.holds(later_s))


def _alerts(states: Iterable[State]) -> int:
    alerts, hot = 0, False
    for state in states:
        if state.temperature_c is None:
            continue
        if not hot and state.temperature_c >= TEMPERATURE_ALERT_C:
            alerts, hot = alerts + 1, True
        elif state.temperature_c <= TEMPERATURE_ALERT_C - COOLER_C:
            hot = False
    return alerts


def _throttled(states: Iterable[State]) -> Counter[str]:
    """How often each kind of throttling began."""
    begun: Counter[str] = Counter()
    before = 0
    for state in states:
        now = (state.reasons or 0) & THROTTLING
        begun.update(reason_names(now & ~before))
        before = now
    return begun
