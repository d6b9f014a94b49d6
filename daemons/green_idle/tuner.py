# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
The loop: it waits for the feed, the GPUs' next reading and the administrator, and does what the policy says.

One thread, blocking, on purpose: it is the one that has to wake fast.
"""

from __future__ import annotations

import math
import select
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing

from green_common.errors import ConfigError, GreenError, UnavailableError
from green_common.feed.messages import FromReader, Hold, Released
from green_common.gpu import Gpu, GpuError, GpuLostError, GpuPermissionError, GpuUnsupportedError
from green_common.gpu.open import open_driver
from green_common.process import Process
from green_idle import clocks
from green_idle.actions import Action, Ask, Cause, Lower, Release, Tell
from green_idle.feed_link import FeedLink, FeedLost
from green_idle.held import HeldFile
from green_idle.hold import Reading
from green_idle.parking.keeper import Keeper
from green_idle.policy import Mode, Policy
from green_idle.report import Reporter
from green_idle.restore import Restoration, Restored

TURN_S = 1.0
WATCH_EVERY_S = 1.0
# The driver's power changes every 100 ms; a comparison wants several readings in two seconds.
COMPARE_EVERY_S = 0.25


def run(process: Process) -> None:
    """Rest and wake the GPUs until told to stop. Raises GreenError where that is impossible."""
    with closing(open_driver(process.config.gpu)) as driver:
        gpus = driver.open_gpus()
        reporter = Reporter(process.log, simulated=driver.simulated)
        held = HeldFile(process.config.idle.held_file)
        for absent in driver.unopened:
            # The others can rest without it; a start after its return takes it in again.
            reporter.unopened(absent)
        recovered = clocks.recover(gpus, held, driver.unopened)
        if recovered:
            reporter.recovered(recovered)
        Tuner(process, gpus, held, reporter).run()


class Tuner:
    """The rim around the policy: the feed's socket, the GPUs, the held file, the journal."""

    def __init__(self, process: Process, gpus: tuple[Gpu, ...], held: HeldFile, reporter: Reporter) -> None:
        self._process = process
        self._config = process.config.idle
        self._gpus = {gpu.uuid: gpu for gpu in gpus}
        self._held = held
        self._report = reporter
        self._keeper = Keeper(self._config, gpus, process.log, simulated=reporter.simulated)
        # Time-based, so that epochs grow over restarts too.
        self._policy = Policy(
            idle_after_s=self._config.idle_after_s, first_epoch=time.time_ns() // 1_000_000, rest_mhz={}
        )
        self._lock = clocks.ClockLock(gpus, held)
        self._link = FeedLink(process.config.feed.socket, process.log)
        self._restoration: Restoration | None = None
        self._sample_at_s = -math.inf
        self._alive_at_s = -math.inf
        self._fatal: GreenError | None = None
        self._left_out = ""
        self._rest_at(self._choose_clocks())

    def run(self) -> None:
        """Raises GreenError where a GPU is lost or clocks can't be given back."""
        try:
            self._process.ready(self._status())
            while self._fatal is None and not self._process.should_stop():
                self._turn()
        finally:
            self._stop()
        if self._fatal:
            raise self._fatal

    def _turn(self) -> None:
        self._take_config()
        self._process.notifier.status(self._status())
        self._wait()
        # First the feed: everything else can wait for a request that is on its way.
        self._hear()
        now_s = time.monotonic()
        self._say_alive(now_s)
        if self._link.connect_if_due(now_s):
            self._policy.connected(now_s)
            self._keeper.connected(now_s)
        self._watch(now_s)
        self._do(self._policy.tick(now_s), now_s)
        if park := self._keeper.turn(now_s):
            self._send(park, now_s)

    def _wait(self) -> None:
        now_s = time.monotonic()
        due_s = self._sample_at_s - now_s if self._is_watching(now_s) else TURN_S
        alive_every_s = self._process.notifier.alive_every_s or TURN_S
        readable = [self._process.signals.fileno()]
        if self._link.connection:
            readable.append(self._link.connection.fileno())
        select.select(readable, [], [], max(0.0, min(due_s, TURN_S, alive_every_s)))

    def _say_alive(self, now_s: float) -> None:
        every_s = self._process.notifier.alive_every_s
        if every_s and now_s - self._alive_at_s >= every_s / 2:
            self._alive_at_s = now_s
            self._process.notifier.alive()

    def _status(self) -> str:
        now_s = time.monotonic()
        return self._keeper.status(now_s) or self._report.status(
            self._policy, self._lock.locked_mhz, at_s=now_s, trouble=self._link.trouble
        )

    def _hear(self) -> None:
        received_at_s = time.monotonic()
        try:
            for message in self._link.read():
                self._do(self._policy.heard(message, received_at_s), received_at_s)
                if self._keeper.heard(message, received_at_s) and self._policy.mode is not Mode.AWAKE:
                    # An empty card rests by itself, and may even draw more when locked.
                    self._wake(Cause.PARKED, f"{message.model} was unloaded", received_at_s)
                self._link.is_heard()
        except FeedLost as error:
            self._lose_feed(error, received_at_s)

    def _lose_feed(self, error: FeedLost, at_s: float) -> None:
        # Clocks first: the end of the connection tells the proxy that they are back.
        self._do(self._policy.disconnected(str(error), at_s), at_s)
        self._keeper.disconnected()
        self._link.lose(error, at_s)

    def _do(self, actions: Iterable[Action], at_s: float) -> None:
        for action in actions:
            if isinstance(action, Lower):
                self._lower(action, at_s)
            elif isinstance(action, Release):
                self._release(action, at_s)
            elif isinstance(action, Tell):
                self._report.saves(action.saving)
            else:
                self._send(Hold(action.epoch) if isinstance(action, Ask) else Released(action.epoch), at_s)

    def _send(self, message: FromReader, at_s: float) -> None:
        try:
            self._link.send(message)
        except FeedLost as error:
            self._lose_feed(error, at_s)

    def _lower(self, action: Lower, at_s: float) -> None:
        try:
            failed = self._lock.lower(self._policy.rest_mhz)
        except UnavailableError as error:
            self._wake(Cause.GPU_ERROR, str(error), at_s)
            return
        if failed or not self._lock.locked_mhz:
            self._give_up(failed, at_s)
            return
        self._restoration = None
        self._sample_at_s = now_s = time.monotonic()
        hold = self._policy.lowered(dict(self._lock.locked_mhz), now_s)
        self._report.lowered(self._lock.locked_mhz, hold.before_w, action.epoch)

    def _give_up(self, failed: Mapping[str, GpuError], at_s: float) -> None:
        """Not every card could be lowered: release, and go on without those that never will."""
        for uuid, error in failed.items():
            self._report.not_lowered(uuid, error)
            self._wake(*self._consequence(uuid, error), at_s)
        if not failed:
            self._wake(Cause.RESTS, "the GPU rests by itself", at_s)

    def _consequence(self, uuid: str, error: GpuError) -> tuple[Cause, str]:
        if isinstance(error, GpuLostError):
            self._fatal = error
        if not isinstance(error, GpuPermissionError | GpuUnsupportedError):
            return Cause.GPU_ERROR, str(error)
        rest_mhz = {known: mhz for known, mhz in self._policy.rest_mhz.items() if known != uuid}
        self._policy.rest_mhz = rest_mhz
        return Cause.LEFT_OUT if rest_mhz else Cause.CANNOT, str(error)

    def _wake(self, cause: Cause, detail: str, at_s: float) -> None:
        self._do(self._policy.wake(cause, detail, at_s), at_s)

    def _release(self, release: Release, received_at_s: float) -> None:
        """The clocks first, and only once NVML has returned the word to the proxy."""
        low_mhz = dict(self._lock.locked_mhz)
        failed = self._lock.reset(leave=release.leave)
        took_ms = (time.monotonic() - received_at_s) * 1000
        if failed:
            # Saying 'released' would be a lie. The process ends, and what follows it resets again.
            self._fatal = next(iter(failed.values()))
            return
        self._send(Released(release.epoch), received_at_s)
        if low_mhz:
            self._report.released(release, took_ms, sorted(low_mhz))
            low_mhz.pop(release.leave or "", None)
            gpus = [self._gpus[uuid] for uuid in low_mhz]
            self._restoration = Restoration(gpus, low_mhz, self._held, time.monotonic())
        elif self._restoration is None:
            # No lock came of it, but the file may have been written for one.
            self._held.remove()

    def _is_watching(self, now_s: float) -> bool:
        return self._restoration is not None or self._policy.wants_readings(now_s)

    def _watch(self, now_s: float) -> None:
        """Read every GPU where that is due."""
        if now_s < self._sample_at_s or not self._is_watching(now_s):
            return
        try:
            readings = [clocks.read(self._gpus[uuid]) for uuid in self._policy.rest_mhz]
            self._check_restoration(readings, now_s)
        except GpuError as error:
            if isinstance(error, GpuLostError):
                self._fatal = error
            self._wake(Cause.GPU_ERROR, str(error), now_s)
            readings = []
        if readings and self._policy.wants_readings(now_s) and not self._keeper.unloading(now_s):
            self._do(self._policy.saw(readings, now_s), now_s)
        rises = self._restoration is not None and self._restoration.state is not Restored.STUCK
        dense = self._policy.compares(now_s) or rises
        self._sample_at_s = now_s + (COMPARE_EVERY_S if dense and readings else WATCH_EVERY_S)

    def _check_restoration(self, readings: Sequence[Reading], now_s: float) -> None:
        if self._restoration is None:
            return
        was, state = self._restoration.state, self._restoration.check(readings, now_s)
        if state is Restored.STUCK and was is not Restored.STUCK:
            self._report.stuck()
        if self._restoration.is_over:
            self._restoration = None

    def _take_config(self) -> None:
        """After a reload: what can change while running."""
        if self._process.config.idle is self._config:
            return
        self._config = self._process.config.idle
        self._policy.idle_after_s = self._config.idle_after_s
        self._keeper.configure(self._config)
        self._policy.resume()
        try:
            self._rest_at(self._choose_clocks())
        except ConfigError as error:
            self._process.log.error("config.reload_failed", say=f"the old resting clock stays: {error}")
            self._process.notifier.warn(f"running on the OLD resting clock: {error}")

    def _rest_at(self, rest_mhz: Mapping[str, int]) -> None:
        self._policy.rest_mhz = rest_mhz
        if not rest_mhz:
            self._wake(Cause.CANNOT, self._left_out, time.monotonic())

    def _choose_clocks(self) -> dict[str, int]:
        """Raises ConfigError; a GPU that can't be read or set is left out."""
        rest_mhz = {}
        for gpu in self._gpus.values():
            try:
                clocks.read(gpu)
                rest_mhz[gpu.uuid] = clocks.rest_clock_mhz(gpu, self._config.rest_sm_clock_mhz)
            except GpuUnsupportedError as error:
                self._left_out = str(error)
                self._report.not_lowered(gpu.uuid, error)
        return rest_mhz

    def _stop(self) -> None:
        now_s = time.monotonic()
        self._wake(Cause.STOP, "green-idle stops", now_s)
        try:
            if self._restoration:
                self._restoration.finish()
        except GpuError as error:
            self._fatal = self._fatal or error
        self._link.close()
        self._keeper.save()
