# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A thread for each GPU that makes its slow calls: one that hangs stops neither the feed nor the others."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable

from green_common.gpu import GpuError

# GPUs can be found later, and a driver that hangs keeps its thread.
RESERVE = 2


class GpuSlowError(GpuError):
    """The driver has not returned in time; it may do so yet."""


class Call:
    """
    One call on its way; `error` counts once it is over. One thread asks for it.

    A bare lock, because with an event the hand-over takes a fifth longer.
    """

    def __init__(self, function: Callable[[], None]) -> None:
        self._function = function
        self._under_way = threading.Lock()
        self._under_way.acquire()
        self.error: GpuError | None = None
        self.ended_s = 0.0

    @property
    def is_over(self) -> bool:
        return not self._under_way.locked()

    def run(self) -> None:
        try:
            self._function()
        except GpuError as error:
            self.error = error
        self.ended_s = time.monotonic()
        self._under_way.release()

    def wait(self, until_s: float) -> bool:
        is_over = self._under_way.acquire(timeout=max(0.0, until_s - time.monotonic()))
        if is_over:
            self._under_way.release()
        return is_over


class Worker:
    """Makes the calls of one GPU in their order; it ends with the process, whatever the driver does."""

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[Call] = queue.SimpleQueue()
        self._last: Call | None = None
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def start(self, function: Callable[[], None]) -> Call:
        self._last = call = Call(function)
        self._calls.put(call)
        return call

    @property
    def is_busy(self) -> bool:
        return self._last is not None and not self._last.is_over

    def _work(self) -> None:
        while True:
            self._calls.get().run()


class Workers:
    """
    A thread for each GPU, and some in reserve for those that are found later.

    All start at once: the unit raises the priority of the threads that are there when it is ready, and its
    sandbox lets nobody raise one after that. Once the reserve is used up, a thread has normal priority.
    """

    def __init__(self, uuids: Iterable[str], reserve: int = RESERVE) -> None:
        self._of = {uuid: Worker(uuid) for uuid in uuids}
        self._reserve = [Worker("reserve") for _ in range(reserve)]

    def of(self, uuid: str) -> Worker:
        if uuid not in self._of:
            self._of[uuid] = self._next(uuid)
        return self._of[uuid]

    def forget(self, uuid: str) -> None:
        """Its GPU is lost: a thread that still hangs in the driver is for another once it is through."""
        worker = self._of.get(uuid)
        if worker and worker.is_busy:
            self._reserve.append(self._of.pop(uuid))

    def _next(self, uuid: str) -> Worker:
        for number, worker in enumerate(self._reserve):
            if not worker.is_busy:
                return self._reserve.pop(number)
        return Worker(uuid)


def wait_for(calls: Iterable[Call], within_s: float) -> bool:
    """True where all are over within this time."""
    until_s = time.monotonic() + within_s
    return all([call.wait(until_s) for call in calls])
