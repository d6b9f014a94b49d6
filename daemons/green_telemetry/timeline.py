# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the feed says about each generation: when it was forwarded, spoke, and ended."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from green_common.feed.messages import (
    Cancelled,
    Finished,
    FirstToken,
    Forwarded,
    LoadFinished,
    LoadStarted,
    Running,
    Tokens,
)
from green_telemetry.progress import Progress

FIRST_FAILING_STATUS = 400
# In flight, or ended within the ledger's patience of a minute: room for some 35 a second, all the time.
MAX_GENERATIONS = 2048
# The proxy lets 16 share a generation at a time; some of them may leave, and others come.
MAX_REQUESTS = 64
# Reasons for which the work of a generation is thrown away.
CANCELLED, SUPERSEDED, RETRIED, FAILED = "cancelled", "superseded", "retried", "failed"
LOAD_ABORTED = "load aborted"


@dataclass(slots=True, eq=False)
class Generation:
    """One call of the model server, on the monotonic clock; `partial` where its start was not seen."""

    id: str
    requests: tuple[str, ...]
    model: str
    forwarded_s: float
    partial: bool = False
    load_started_s: float | None = None
    load_finished_s: float | None = None
    slot_freed_s: float | None = None
    first_token_s: float | None = None
    ended_s: float | None = None
    tokens: int = 0
    client: str | None = None
    prompt_bytes: int | None = None
    outcome: str = "running"
    reason: str | None = None
    finished: Finished | None = None
    cancelled: dict[str, str] = field(default_factory=dict)
    thrown_away: str | None = None
    progress: Progress = field(default_factory=Progress)

    @property
    def superseded(self) -> bool:
        """True where its requests get their answers from a newer one."""
        return self.thrown_away in (SUPERSEDED, RETRIED) and not self.cancelled

    @property
    def decoding(self) -> bool:
        """True where the answer has begun and not ended, as far as the feed said."""
        return self.first_token_s is not None and self.ended_s is None


class Timeline:
    """The generations in flight, and the ended ones until their books are closed."""

    def __init__(self) -> None:
        self._running: dict[str, Generation] = {}
        self._ended: list[Generation] = []
        self.last_ended_s: float | None = None
        self.ended_count = 0
        self.unfollowed = 0
        # Requests that ended without a generation since somebody last looked.
        self.turned_away: deque[Cancelled] = deque(maxlen=MAX_GENERATIONS)

    @property
    def in_flight(self) -> int:
        return len(self._running)

    @property
    def generations(self) -> tuple[Generation, ...]:
        """All that the books still need, in no order."""
        return (*self._running.values(), *self._ended)

    @property
    def ended(self) -> tuple[Generation, ...]:
        return tuple(self._ended)

    def apply(self, message: Any, time_s: float) -> bool:
        """Take in what the feed said; True where the GPU's work changes hands: that is worth a reading."""
        match message:
            case Forwarded():
                return self._forward(message, time_s)
            case Running():
                self._resume(message, time_s)
            case Finished():
                return self._finish(message, time_s)
            case Cancelled():
                return self._cancel(message, time_s)
            case LoadStarted() | LoadFinished() | FirstToken() | Tokens():
                return self._progress(message, time_s)
            case _:
                return False
        return True

    def lose_sight(self, time_s: float, outcome: str) -> None:
        """Nobody says any more what runs: close all that was in flight."""
        for generation in tuple(self._running.values()):
            self._end(generation, time_s, outcome)

    def mark_partial(self) -> None:
        """A GPU's books were interrupted: what runs now can't be accounted for whole."""
        for generation in self.generations:
            generation.partial = True

    def forget(self, generation: Generation) -> None:
        """The books of an ended generation are closed."""
        self._ended.remove(generation)

    def _forward(self, message: Forwarded, time_s: float) -> bool:
        """Said once more of a generation that runs, it names those who share it by now."""
        running = self._running.get(message.generation)
        if running is None:
            generation = Generation(message.generation, message.requests, message.model, time_s)
            generation.client, generation.prompt_bytes = message.client, message.prompt_bytes
            self._start(generation)
            return True
        # Who left has had a share of it too.
        running.requests = tuple(dict.fromkeys(running.requests + message.requests))[:MAX_REQUESTS]
        return False

    def _start(self, generation: Generation) -> None:
        if len(self._running) + len(self._ended) >= MAX_GENERATIONS:
            self.unfollowed += 1
            return
        self._running.setdefault(generation.id, generation)

    def _resume(self, message: Running, time_s: float) -> None:
        since_s = min(message.since_s, time_s)
        generation = Generation(message.generation, message.requests, message.model, since_s, partial=True)
        generation.tokens, generation.client = message.tokens, message.client
        generation.progress.mark(time_s, message.tokens)
        if message.phase == "decode":
            generation.first_token_s = since_s
        elif message.phase == "loading":
            generation.load_started_s = since_s
        self._start(generation)

    def _progress(self, message: LoadStarted | LoadFinished | FirstToken | Tokens, time_s: float) -> bool:
        generation = self._running.get(message.generation)
        if generation is None:
            return False
        # Nothing of a generation comes before its beginning, whatever a feed says.
        time_s = max(time_s, generation.forwarded_s)
        match message:
            case Tokens():
                generation.tokens = max(generation.tokens, message.tokens)
                generation.progress.mark(time_s, message.tokens)
                return False
            case LoadStarted():
                generation.load_started_s = time_s
            case LoadFinished():
                generation.load_finished_s = time_s
            case FirstToken():
                generation.first_token_s = time_s
        return True

    def _finish(self, message: Finished, time_s: float) -> bool:
        generation = self._running.get(message.generation)
        if generation is None:
            return False
        generation.finished = message
        failed = message.status >= FIRST_FAILING_STATUS
        if failed:
            generation.reason = f"status {message.status}"
            generation.thrown_away = FAILED
        self._end(generation, time_s, "failed" if failed else "finished")
        return True

    def _cancel(self, message: Cancelled, time_s: float) -> bool:
        generation = self._running.get(message.generation or "")
        if generation is None:
            if message.generation is None:
                self.turned_away.append(message)
            return False
        generation.tokens = max(generation.tokens, message.tokens)
        generation.progress.mark(time_s, message.tokens)
        ours = set(message.requests).intersection(generation.requests)
        generation.cancelled.update(dict.fromkeys(ours, message.reason))
        # Without requests the generation itself was given up: a load, or one that another one replaces.
        if message.requests and not set(generation.requests) <= set(generation.cancelled):
            return False
        generation.reason = message.reason
        generation.thrown_away = _thrown_away(generation, message)
        self._end(generation, time_s, "cancelled")
        return True

    def _end(self, generation: Generation, time_s: float, outcome: str) -> None:
        del self._running[generation.id]
        generation.ended_s = max(time_s, generation.forwarded_s)
        generation.outcome = outcome
        self._ended.append(generation)
        self.ended_count += 1
        self.last_ended_s = time_s
        # Whoever still waits for a slot may have got this one: the best guess where the server says nothing.
        for waiting in self._running.values():
            if waiting.first_token_s is None:
                waiting.slot_freed_s = time_s


def _thrown_away(generation: Generation, message: Cancelled) -> str:
    """Why nobody got what was worked; a generation whose requests go on was replaced by another one."""
    if not generation.requests:
        return LOAD_ABORTED
    if RETRIED in message.reason:
        return RETRIED
    return CANCELLED if message.requests else SUPERSEDED
