# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The simulated model server: scheduling, loading, batching and unloading, with the clock passed in."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from green_sim.engine.batch import Batch
from green_sim.engine.job import Ended, Event, Job, Order, Runner, Stage
from green_sim.engine.launch import Launch
from green_sim.engine.residency import Residency
from green_sim.engine.slots import Slots
from green_sim.gpu.card import Card

# Every warm request pays for a health check of its runner first, so no load_duration is ever zero.
HEALTH_CHECK_S = 0.002
BUSY = "server busy, please try again. maximum pending requests exceeded"


@dataclass(frozen=True, slots=True)
class Settings:
    """How the model server runs."""

    parallel: int = 1
    load_s: float = 3.0
    keep_alive_s: float = 300.0
    max_queue: int = 512
    model_bytes: int = 20_201_253_588
    pid: int = 0
    launch: Launch | None = None


class ModelServer:
    """One model at a time on one card; nothing happens but through these calls."""

    def __init__(self, card: Card, settings: Settings) -> None:
        self._card = card
        self._settings = settings
        self.slots = Slots(settings.parallel)
        self._batch = Batch(card, self.slots)
        self.residency = Residency(
            card, load_s=settings.load_s, model_bytes=settings.model_bytes, pid=settings.pid
        )
        self._pending: deque[Job] = deque()
        self._checking: deque[tuple[float, Job]] = deque()
        self.recent: deque[Job] = deque(maxlen=1000)
        self._jobs = 0

    def submit(self, now_s: float, order: Order, emit: Callable[[Event], None]) -> Job:
        """Take a request in; everything about it is told through `emit`."""
        self.advance(now_s)
        self._jobs += 1
        clock, lock = self._card.clock, self._card.sm_lock
        job = Job(self._jobs, order, emit, now_s, clock.sm_mhz, lock is not None)
        self.recent.append(job)
        if self._serves(order.runner):
            self._check(now_s, job)
        elif len(self._pending) >= self._settings.max_queue:
            job.end(now_s, Ended(Stage.FAILED, BUSY, 503))
            job.forget_texts()
        else:
            self._pending.append(job)
            self._schedule(now_s)
        return job

    def cancel(self, now_s: float, job: Job) -> None:
        """The client left: stop working for it, and give up a load that was its own."""
        self.advance(now_s)
        if job.over:
            return
        job.end(now_s, Ended(Stage.CANCELLED, "request canceled", 499))
        if job.slot_s is None:
            job.forget_texts()
        if job in self._pending:
            self._pending.remove(job)
        self._checking = deque(entry for entry in self._checking if entry[1] is not job)
        self.slots.drop(job)
        if not self._batch.running:
            self.slots.release_ended()
        if self.residency.loading is not None and self.residency.loading.owner is job:
            self.residency.abort_load(now_s)
        self._settle(now_s)

    def expire(self, now_s: float) -> None:
        """Unload as soon as nothing uses the model."""
        self.advance(now_s)
        if self.residency.runner is not None:
            self.residency.use(0.0)
        self._settle(now_s)
        self.advance(now_s)

    def clocks_changed(self, now_s: float) -> None:
        """Somebody locked or reset the card's clocks."""
        self._batch.clocks_changed(now_s)

    def next_event_s(self) -> float | None:
        """When `advance` has something to do next; nothing while the server is at rest."""
        times = [self._batch.next_event_s(), self.residency.next_event_s()]
        if self._checking:
            times.append(self._checking[0][0])
        return min((at_s for at_s in times if at_s is not None), default=None)

    def advance(self, now_s: float) -> None:
        """Let everything happen that was due by now, each at its own time."""
        while True:
            due_s = self.next_event_s()
            if due_s is None or due_s > now_s:
                break
            self._happen(due_s)
        self._card.advance(now_s)

    def _happen(self, due_s: float) -> None:
        if self._batch.next_event_s() == due_s:
            self._batch.finish_step(due_s)
        elif self._checking and self._checking[0][0] == due_s:
            self._enter(due_s, self._checking.popleft()[1])
        elif self.residency.loading is not None:
            self._loaded(due_s, self.residency.loading.owner)
        else:
            self.residency.unload(due_s)
        self._settle(due_s)

    def _settle(self, now_s: float) -> None:
        """After anything happened: go on with what can go on."""
        self._batch.start(now_s)
        self._schedule(now_s)
        if self._at_rest and self.residency.loading is None:
            self.residency.rest(now_s)

    @property
    def _at_rest(self) -> bool:
        return self.slots.idle and not self._batch.running and not self._checking

    def _serves(self, runner: Runner) -> bool:
        return self.residency.loading is None and self.residency.runner == runner

    def _schedule(self, now_s: float) -> None:
        """Serve the requests that want the model in another way than it lies there, one after another."""
        while self._pending and self.residency.loading is None:
            job = self._pending[0]
            if self._serves(job.order.runner):
                self._check(now_s, self._pending.popleft())
            elif self._at_rest:
                self._launch(now_s, job)
            else:
                return

    def _launch(self, now_s: float, job: Job) -> None:
        """Start a runner as this job wants it, if it comes up."""
        cache_bytes, launch = 0, self._settings.launch
        if launch is not None:
            self.residency.unload(now_s)
            cache_bytes = launch.cache_bytes(job.order.runner, self._settings.parallel)
            refusal = launch.refusal(self.residency.needed_bytes(cache_bytes), self._card.memory_free_bytes)
            if refusal is not None:
                self._refuse(now_s, job, refusal)
                return
            self._card.curves = launch.curves(job.order.runner)
        self.slots = self._fresh_slots()
        self.residency.begin_load(now_s, job, cache_bytes)

    def _refuse(self, now_s: float, job: Job, why: str) -> None:
        self._pending.remove(job)
        job.end(now_s, Ended(Stage.FAILED, why, 500))
        job.forget_texts()

    def _fresh_slots(self) -> Slots:
        """A newly started runner has an empty prompt cache."""
        slots = Slots(self._settings.parallel)
        self._batch = Batch(self._card, slots)
        return slots

    def _loaded(self, now_s: float, owner: Job) -> None:
        self.residency.finish_load(now_s)
        self._pending.remove(owner)
        self._check(now_s, owner)

    def _check(self, now_s: float, job: Job) -> None:
        keep_alive_s = job.order.keep_alive_s
        self.residency.use(self._settings.keep_alive_s if keep_alive_s is None else keep_alive_s)
        self._checking.append((now_s + HEALTH_CHECK_S, job))

    def _enter(self, now_s: float, job: Job) -> None:
        job.scheduled_s = now_s
        if not job.order.prompt:
            job.done_reason = "load"
            job.end(now_s, Ended(Stage.FINISHED))
            return
        self.slots.add(job)
