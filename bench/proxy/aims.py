# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What green-proxy aims at with every step on, held against its figures."""

from __future__ import annotations

from dataclasses import dataclass

from bench.proxy.figures import Figures


@dataclass(frozen=True, slots=True)
class Aim:
    """One limit and what was measured; None where it was not."""

    name: str
    limit: float
    unit: str
    measured: float | None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        if self.measured is None:
            return None
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit


def aims(of: Figures) -> list[Aim]:
    """The rest's wake-ups show timers: two jobs of one second each make two a second."""
    at_start, loaded = (memory.rss_mib if memory else None for memory in (of.at_start, of.held))
    if not (of.counted and of.counted.shows):
        # Without a vocabulary this memory is not the one that is meant.
        loaded = None
    idle_percent = None if of.idle_share is None else of.idle_share * 100
    return [
        Aim("requests a second on one core", 8000, "", of.requests_per_s, at_least=True),
        Aim("the same as CPU a request, which others disturb less", 125, "us", of.cpu_us_per_request),
        Aim("added time to first token, p50", 0.6, "ms", of.first_token_p50_ms),
        Aim("added time to first token, p99", 2.0, "ms", of.first_token_p99_ms),
        Aim("CPU per million tokens, of nginx's", 1.6, "times", of.of_nginx),
        Aim("RSS before a vocabulary is loaded", 45, "MiB", at_start),
        Aim("RSS with it, all streams open", 140, "MiB", loaded),
        Aim("CPU at rest, both feed readers connected", 0.05, "% of a core", idle_percent),
        Aim("wake-ups at rest", 2.2, "a second", of.wake_ups_per_s),
    ]
