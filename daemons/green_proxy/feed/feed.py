# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The proxy's end of the feed: publishes what happens and answers who may hold the clocks."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from typing import Any

from green_common.feed.messages import FromProxy, Granted, Hold, Park, Parked, ParkRefused, Released
from green_common.feed.publisher import Publisher, Reader
from green_common.logs import get_log
from green_proxy.feed.activity import Activity
from green_proxy.feed.holds import Held, Holds

ROOT_UID = 0
Unload = Callable[[str, Callable[[str], None]], None]


class Feed:
    """
    Owns the book and the holds.

    `unload` is called with the model that a permitted reader parks, and with whom to tell in the end why
    it was not unloaded, with nothing where it was.
    """

    def __init__(self, unload: Unload) -> None:
        self.activity = Activity()
        self.holds = Holds()
        self._unload = unload
        self._late_epoch: int | None = None
        self._free = asyncio.Event()
        self._free.set()
        self._publisher: Publisher | None = None

    @property
    def readers(self) -> int:
        return len(self._publisher.readers) if self._publisher else 0

    def serve(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def publish(self, message: FromProxy) -> None:
        if self._publisher:
            # Only clocks that are held have to hear at once.
            self._publisher.publish(message, at_once=self.holds.held is not None)

    def beat(self) -> None:
        if self._publisher and self._publisher.readers:
            # Not gathered: its timer would wake the process once more.
            self._publisher.publish(self.activity.beat())

    def close(self) -> None:
        if self._publisher:
            self._publisher.close()

    async def clocks_free(self, arrived_s: float, wake_wait_s: float) -> None:
        """Wait until the clocks are released, or the request that arrived then has waited long enough."""
        until_s = self.holds.wait_until_s(arrived_s, wake_wait_s)
        if until_s is None:
            return
        freed = asyncio.ensure_future(self._free.wait())
        try:
            # Before Python 3.12, wait_for loses a cancellation that falls together with the release.
            await asyncio.wait({freed}, timeout=max(0, until_s - time.monotonic()))
        finally:
            freed.cancel()
        if not self._free.is_set():
            self._say_late(wake_wait_s)

    def greeting(self) -> Iterable[FromProxy]:
        if self._publisher and self._publisher.readers:
            peer = self._publisher.readers[-1].peer
            say = f"a reader joined the feed: process {peer.pid} of uid {peer.uid}"
            get_log().debug("feed.reader_joined", say=say, pid=peer.pid, uid=peer.uid)
        return self.activity.greeting(self.holds.epoch)

    def reader_said(self, reader: Reader, message: Any) -> None:
        if isinstance(message, Hold):
            self._answer(reader, message)
        elif isinstance(message, Released):
            self._free_after(self.holds.released(reader, message.epoch), "released")
        elif isinstance(message, Park):
            self._park(reader, message.model)

    def reader_left(self, reader: Reader, reason: str) -> None:
        say = f"process {reader.peer.pid} of uid {reader.peer.uid} left the feed: {reason}"
        get_log().info("feed.reader_left", say=say, pid=reader.peer.pid, reason=reason)
        self._free_after(self.holds.left(reader), "its reader left")

    def _answer(self, reader: Reader, question: Hold) -> None:
        answer = self.holds.ask(
            reader,
            question,
            in_flight=self.activity.in_flight,
            permitted=_may_hold(reader),
            at_s=time.monotonic(),
        )
        if isinstance(answer, Granted):
            self._free.clear()
            say = f"clocks may be lowered by process {reader.peer.pid}"
            get_log().info("clocks.hold_granted", say=say, epoch=question.epoch)
        reader.send(answer)

    def _free_after(self, ended: Held | None, why: str) -> None:
        if ended is None:
            return
        self._free.set()
        held_s = time.monotonic() - ended.since_s
        say = f"clocks count as free again after {held_s:.1f} s: {why}"
        get_log().info("clocks.hold_ended", say=say, epoch=ended.epoch, held_s=held_s)

    def _say_late(self, wake_wait_s: float) -> None:
        """Once an epoch: a holder that hangs would otherwise fill the journal."""
        if self._late_epoch != self.holds.epoch:
            self._late_epoch = self.holds.epoch
            say = f"clocks were not released within {wake_wait_s * 1000:g} ms; requests go on without"
            get_log().warning("clocks.release_late", say=say, epoch=self.holds.epoch)

    def _park(self, reader: Reader, model: str) -> None:
        if not _may_hold(reader):
            self._parked(reader, model, "only root may park models")
        elif self.activity.in_flight:
            self._parked(reader, model, f"{self.activity.in_flight} in flight")
        else:
            self._unload(model, lambda refused: self._parked(reader, model, refused))

    def _parked(self, reader: Reader, model: str, refused: str) -> None:
        if refused:
            say = f"{model} stays loaded: {refused}"
            get_log().info("model.park_refused", say=say, model=model, reason=refused)
            reader.send(ParkRefused(model, refused))
        else:
            self.publish(Parked(model))


def _may_hold(reader: Reader) -> bool:
    # In a checkout without root all daemons run as one user.
    return reader.peer.uid in (ROOT_UID, os.geteuid())
