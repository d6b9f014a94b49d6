# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Drives the simulated machine in real time: it sleeps until the next event and never ticks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from green_sim.engine.job import Event, Job, Order
from green_sim.gpu.card import Process
from green_sim.gpu.faults import Faults
from green_sim.gpu.protocol import answer, takes_s
from green_sim.machine import Machine


class Clockwork:
    """The machine with the real monotonic clock; belongs to one event loop."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._timer: asyncio.TimerHandle | None = None
        self._jobs: set[Job] = set()

    def now_s(self) -> float:
        """The clock that every time in the simulation is on."""
        return time.monotonic()

    def submit(self, order: Order, emit: Callable[[Event], None]) -> Job:
        """Hand a request to the model server."""
        self._forget_ended()
        job = self.machine.server.submit(self.now_s(), order, emit)
        self._jobs.add(job)
        self._wind()
        return job

    def cancel(self, job: Job) -> None:
        """The client of this request left."""
        self.machine.server.cancel(self.now_s(), job)
        self._wind()

    def expire(self) -> None:
        """Unload the model once nothing uses it."""
        self.machine.server.expire(self.now_s())
        self._wind()

    def answer(self, line: str) -> str:
        """Answer one line of the GPU socket."""
        reply = answer(self.machine, self.now_s(), line)
        self._wind()
        return reply

    def takes_s(self, line: str) -> float:
        """How long the driver takes for this line before it answers."""
        return takes_s(self.machine.faults, line)

    def set_faults(self, faults: Faults) -> None:
        """Replace the faults that are on."""
        self.machine.set_faults(self.now_s(), faults)
        self._wind()

    def set_foreign(self, pid: int, process: Process | None, index: int = 0) -> None:
        """Put a process of somebody else on a card, or take it off."""
        self.machine.set_foreign(self.now_s(), pid, process, index)
        self._wind()

    def close(self) -> None:
        """Cancel everything that is under way."""
        for job in self._jobs:
            self.machine.server.cancel(self.now_s(), job)
        if self._timer is not None:
            self._timer.cancel()

    def _forget_ended(self) -> None:
        self._jobs = {job for job in self._jobs if not job.over}

    def _run(self) -> None:
        self.machine.advance(self.now_s())
        self._wind()

    def _wind(self) -> None:
        due_s = self.machine.server.next_event_s()
        if self._timer is not None:
            if due_s is not None and self._timer.when() == due_s and not self._timer.cancelled():
                return
            self._timer.cancel()
            self._timer = None
        if due_s is not None:
            self._timer = asyncio.get_running_loop().call_at(due_s, self._run)
