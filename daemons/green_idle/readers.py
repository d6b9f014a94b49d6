# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Readings of GPUs, each in a thread of its own, so that whoever waits for them can be called away."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from green_common.gpu import GpuError
from green_idle.worker import RESERVE, GpuSlowError, Workers

T = TypeVar("T")

# Most take less than a millisecond, a list of processes several; then the others are used without it.
READ_WITHIN_S = 0.5
# Whoever was called away reads again after this.
AGAIN_AFTER_S = 0.05
PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class _Asked:
    """The answer of a GPU is put into `answers` by its thread, whether somebody still waits for it or not."""

    at_s: float
    answers: dict[str, Any] = field(default_factory=dict)


class Readers:
    """
    Not the threads that set clocks, so that no reset queues behind a reading.

    `urgent` tells the descriptors for whose sake a reading is given up.
    """

    def __init__(self, uuids: Iterable[str], urgent: Callable[[], list[int]], reserve: int = RESERVE) -> None:
        self._urgent = urgent
        self._workers = Workers(uuids, reserve)
        self._asked: dict[str, _Asked] = {}
        # Open as long as the process: a thread that comes late writes to it yet.
        self._answered = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def read(self, wanted: Mapping[str, Callable[[], T]]) -> dict[str, T | GpuError] | None:
        """
        What each GPU says, without those that are late; None where something urgent came first.

        No answer outlives its question: what comes too late was read in another state of the clocks.
        """
        if self._is_called_away(0.0):
            # Nor is the driver kept busy.
            return None
        now_s = time.monotonic()
        asked = _Asked(now_s)
        late: dict[str, T | GpuError] = {}
        for uuid, function in wanted.items():
            if not self._is_asked(uuid):
                self._asked[uuid] = asked
                self._workers.of(uuid).start(partial(self._answer, uuid, function, asked))
            elif now_s - self._asked[uuid].at_s > PATIENCE_S:
                late[uuid] = GpuSlowError(f"{uuid}: a reading has taken more than {PATIENCE_S:g} s")
        waited_for = {uuid for uuid in wanted if self._asked[uuid] is asked}
        return asked.answers | late if self._wait(waited_for, asked) else None

    def forget(self, uuid: str) -> None:
        """It is lost: its thread is not waited for, and may still hang when the GPU is back."""
        self._asked.pop(uuid, None)
        self._workers.forget(uuid)

    def _is_asked(self, uuid: str) -> bool:
        asked = self._asked.get(uuid)
        return asked is not None and uuid not in asked.answers

    def _wait(self, uuids: set[str], asked: _Asked) -> bool:
        """False where something urgent came first."""
        until_s = asked.at_s + READ_WITHIN_S
        while not uuids <= asked.answers.keys() and (left_s := until_s - time.monotonic()) > 0:
            if self._is_called_away(left_s):
                return False
        return True

    def _is_called_away(self, within_s: float) -> bool:
        """Returns early with an answer too, which may be an old one."""
        urgent = self._urgent()
        ready, _, _ = select.select([*urgent, self._answered], [], [], within_s)
        if self._answered in ready:
            os.eventfd_read(self._answered)
        return not set(urgent).isdisjoint(ready)

    def _answer(self, uuid: str, function: Callable[[], Any], asked: _Asked) -> None:
        try:
            asked.answers[uuid] = function()
        except GpuError as error:
            asked.answers[uuid] = error
        os.eventfd_write(self._answered, 1)
