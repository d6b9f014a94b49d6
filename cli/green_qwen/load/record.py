# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What clients saw: answers, failures and what is still open, with the time of each token."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answer:
    """One request that was answered to its end; `token_times_s` has an entry for each piece of text."""

    client: int
    start_s: float
    end_s: float
    prompt_tokens: int
    output_tokens: int
    token_times_s: array[float]
    request: str = ""

    @property
    def latency_s(self) -> float:
        return self.end_s - self.start_s

    @property
    def first_token_s(self) -> float:
        """How long its client waited for the first piece; the whole latency where the answer has none."""
        return (self.token_times_s[0] if self.token_times_s else self.end_s) - self.start_s


@dataclass(frozen=True, slots=True)
class Failure:
    """One request that was not: 'connect', 'status 503', 'timeout', 'broken', 'error', and what was said."""

    kind: str
    at_s: float
    said: str


@dataclass(frozen=True, slots=True)
class Open:
    """One request under way."""

    start_s: float
    token_times_s: array[float] = field(default_factory=lambda: array("d"))


@dataclass(slots=True)
class Record:
    """All of a load so far."""

    answers: list[Answer] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    # By client; also those that were cut off at the end of the load.
    open: dict[int, Open] = field(default_factory=dict)
    answered_clients: set[int] = field(default_factory=set)
    pieces: int = 0
    ran_out_s: float | None = None

    def add(self, answer: Answer) -> None:
        self.answers.append(answer)
        self.answered_clients.add(answer.client)
