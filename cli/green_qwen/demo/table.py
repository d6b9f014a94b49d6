# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The table at the end: before, after, change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one half of the demo measured."""

    mean_power_w: float
    tokens_per_s: float
    p95_latency_s: float
    idle_power_w: float
    temperature_alerts: int
    watched_s: float
    answered: int

    @property
    def tokens_per_s_per_w(self) -> float:
        return self.tokens_per_s / self.mean_power_w


def outcome_fields(outcome: Outcome) -> dict[str, float]:
    """As JSON has it."""
    return {**asdict(outcome), "tokens_per_s_per_w": outcome.tokens_per_s_per_w}


def table_lines(before: Outcome, after: Outcome) -> Iterator[str]:
    yield f"{'':<32}{'before':>12}{'after':>12}{'change':>10}"
    for name, unit, pick in _ROWS:
        old, new = pick(before), pick(after)
        yield f"{name + ', ' + unit:<32}{_figure(old):>12}{_figure(new):>12}{_change(old, new):>10}"
    yield f"{'temperature alerts a day *':<32}{_a_day(before):>12.0f}{_a_day(after):>12.0f}"
    yield (
        f"* extrapolated: {before.temperature_alerts} counted in {before.watched_s:.0f} s before, "
        f"{after.temperature_alerts} in {after.watched_s:.0f} s after"
    )


_ROWS: tuple[tuple[str, str, Callable[[Outcome], float]], ...] = (
    ("mean GPU power", "W", lambda o: o.mean_power_w),
    ("output", "tokens/s", lambda o: o.tokens_per_s),
    ("yield", "tokens/s/W", lambda o: o.tokens_per_s_per_w),
    ("P95 latency", "s", lambda o: o.p95_latency_s),
    ("idle power", "W", lambda o: o.idle_power_w),
)


def _a_day(outcome: Outcome) -> float:
    return outcome.temperature_alerts * DAY_S / outcome.watched_s


def _figure(value: float) -> str:
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def _change(old: float, new: float) -> str:
    if not old:
        return "-"
    factor = new / old
    return f"x {factor:.2f}" if factor >= 2 else f"{(factor - 1) * 100:+.0f} %"
