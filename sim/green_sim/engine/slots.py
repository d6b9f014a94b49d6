# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The model server's parallel sequences and what each still has in its prompt cache."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from green_sim.engine.job import Job, Stage
from green_sim.engine.tokens import CHARACTERS_PER_TOKEN, shared_prefix_tokens

# llama-server's --slot-prompt-similarity: below it the least recently used slot is taken.
SIMILARITY = 0.1


@dataclass(eq=False, slots=True)
class Slot:
    """One sequence; `cache` is the text whose keys and values lie on the GPU."""

    job: Job | None = None
    cache: str = ""
    used_s: float = float("-inf")


class Slots:
    """Slots with the queue before them, which is unbounded as the real server's is."""

    __slots__ = ("_slots", "_waiting")

    def __init__(self, count: int) -> None:
        self._slots = [Slot() for _ in range(count)]
        self._waiting: deque[Job] = deque()

    @property
    def idle(self) -> bool:
        """True when nothing runs and nothing waits."""
        return not self._waiting and all(slot.job is None for slot in self._slots)

    @property
    def waiting(self) -> int:
        """Generations that wait for a slot."""
        return len(self._waiting)

    def jobs(self, stage: Stage) -> list[Job]:
        """The jobs in a slot that are at this stage, in the order of the slots."""
        return [slot.job for slot in self._slots if slot.job is not None and slot.job.stage is stage]

    def add(self, job: Job) -> None:
        """Queue a job; `fill` gives it a slot."""
        job.stage = Stage.QUEUED
        self._waiting.append(job)

    def drop(self, job: Job) -> None:
        """Take a waiting job out of the queue."""
        if job in self._waiting:
            self._waiting.remove(job)

    def fill(self, now_s: float) -> None:
        """Give free slots to those who wait, first come first served."""
        while self._waiting:
            free = [slot for slot in self._slots if slot.job is None]
            if not free:
                return
            self._take(now_s, self._waiting.popleft(), free)

    def release_ended(self) -> None:
        """Free the slots of jobs that are over, keeping what they left in the cache."""
        for slot in self._slots:
            if slot.job is None or not slot.job.over:
                continue
            slot.cache = _cached_text(slot.job)
            slot.used_s = slot.job.ended_s or slot.used_s
            slot.job.forget_texts()
            slot.job = None

    def _take(self, now_s: float, job: Job, free: list[Slot]) -> None:
        slot = max(free, key=lambda one: shared_prefix_tokens(one.cache, job.order.prompt))
        shared = shared_prefix_tokens(slot.cache, job.order.prompt)
        if shared < SIMILARITY * job.prompt_tokens:
            slot = min(free, key=lambda one: one.used_s)
            shared = shared_prefix_tokens(slot.cache, job.order.prompt)
        # The last prompt token is always computed, or there would be nothing to sample from.
        job.cached_tokens = max(0, min(shared, job.prompt_tokens - 1))
        job.slot_s = now_s
        job.stage = Stage.PREFILL
        slot.job = job


def _cached_text(job: Job) -> str:
    if job.left_to_prefill > 0:
        return job.order.prompt[: (job.cached_tokens + job.prefilled_tokens) * CHARACTERS_PER_TOKEN]
    return job.order.prompt + job.generated_text()
