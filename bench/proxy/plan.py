# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How long and how much: the tasks of one trial."""

from __future__ import annotations

from dataclasses import dataclass

from bench.proxy.clients import Task

# Above what a prompt of 4096 tokens can have in bytes without being counted, below 4096 tokens.
LONG_BYTES = 8000
STREAMS = 50
TOKENS_PER_S = 50
CLOSED, CLOSED_LONG, STREAMED, HELD = "closed", "closed, long", "streams", "held"


@dataclass(frozen=True, slots=True)
class Plan:
    """What varies between a full run and a quick one."""

    rounds: int = 3
    closed_s: float = 3.0
    tokens: int = 100
    answers: int = 4
    held: int = 500
    idle_s: float = 22.0
    tries: int = 4
    # Beyond this share of one core used by others, a sample is measured again.
    disturbed_above: float = 0.12

    def closed(self) -> Task:
        return Task(CLOSED, "closed", STREAMS, self.closed_s)

    def closed_long(self) -> Task:
        return Task(CLOSED_LONG, "closed", STREAMS, self.closed_s, LONG_BYTES)

    def streams(self) -> Task:
        """Starts are spread so that the tokens of all are."""
        longest_s = 30 + 4 * self.tokens * self.answers / TOKENS_PER_S
        stagger_us = round(1.02e6 / TOKENS_PER_S)
        pace = {"tokens": self.tokens, "rate_per_s": TOKENS_PER_S, "answers": self.answers}
        return Task(STREAMED, "streams", STREAMS, longest_s, LONG_BYTES, stagger_us=stagger_us, **pace)

    def held_streams(self) -> Task:
        """Slow streams: what is asked is what they weigh, not what they cost."""
        return Task(HELD, "streams", self.held, 120, LONG_BYTES, tokens=40, rate_per_s=10, stagger_us=2000)

    def warm_up(self) -> list[Task]:
        """Connections are open, code is warm and the histories are counted before anything is measured."""
        short = Task("warm-up", "closed", STREAMS, 0.5)
        return [short, Task("warm-up, long", "closed", STREAMS, 1.0, LONG_BYTES)]


QUICK = Plan(rounds=1, closed_s=1.5, tokens=50, answers=2, held=200, idle_s=3.0, tries=1)
PROFILED = Plan(closed_s=8.0)
