# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The clients in load.c: what they are told, and what they saw."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from bench.proxy.running import RIG_CPU, FailedError, on_cpu

# Beyond what load.c allows itself.
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Task:
    """One run of the clients."""

    name: str
    mode: str
    clients: int
    longest_s: float
    history_bytes: int = 0
    tokens: int = 100
    rate_per_s: int = 50
    answers: int = 1
    stagger_us: int = 0

    def arguments(self) -> list[str]:
        options = {
            "-c": self.clients,
            "-t": self.longest_s,
            "-m": self.history_bytes,
            "-n": self.tokens,
            "-r": self.rate_per_s,
            "-k": self.answers,
            "-s": self.stagger_us,
        }
        return [self.mode, *(str(word) for pair in options.items() for word in pair)]


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles of one time; the largest of few samples is no p99, so their number is with them."""

    count: int
    p50_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What the clients saw."""

    asked: int
    answered: int
    errors: int
    first_number: int
    tokens: int
    took_s: float
    requests_per_s: float
    request_bytes: int
    latency: Spread | None
    first_token: Spread | None
    gap: Spread | None
    transit: Spread | None

    @property
    def number_sum(self) -> int:
        """Of the numbers in all prompts, which count up from the first."""
        return self.asked * self.first_number + self.asked * (self.asked - 1) // 2


def parse_seen(text: str) -> Seen:
    said: dict[str, Any] = json.loads(text)
    times = ("latency", "first_token", "gap", "transit")
    spreads = {name: parse_spread(said.pop(f"{name}_ms")) for name in times}
    return Seen(**(said | spreads))


def parse_spread(said: dict[str, Any] | None) -> Spread | None:
    return Spread(said["count"], said["p50"], said["p99"], said["max"]) if said else None


class Clients:
    """A run of load.c under way."""

    def __init__(self, program: Path, task: Task, port: int, path: str, first_number: int) -> None:
        where = ["-p", str(port), "-P", path, "-f", str(first_number)]
        self._task = task
        self._process = subprocess.Popen(
            [*on_cpu(RIG_CPU), str(program), *task.arguments(), *where],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Clients:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()

    def result(self) -> Seen:
        """Waits for the end; raises FailedError where the clients could not do their work."""
        try:
            said, complaint = self._process.communicate(timeout=self._task.longest_s + PATIENCE_S)
        except subprocess.TimeoutExpired as error:
            raise FailedError(f"{self._task.name}: the clients did not end") from error
        if self._process.returncode != 0:
            raise FailedError(f"{self._task.name}: the clients failed: {complaint.strip()}")
        return parse_seen(said)
