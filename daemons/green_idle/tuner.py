# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
The loop: it waits for the feed, the GPUs' next reading and the administrator, and does what the policy says.

One thread, blocking, on purpose: it is the one that has to wake fast. What the driver is asked to do is done
in threads of their own: for a reset (`worker.py`) it waits no longer than a request would, for readings
(`readers.py`) only until the feed speaks.
"""

from __future__ import annotations

import math
import select
import time
from collections.abc import Iterable
from pathlib import Path

from green_common.cgroup import CGROUPS, UnitCgroup
from green_common.errors import ConfigError
from green_common.feed.messages import FromReader
from green_common.gpu import Gpu, GpuError
from green_common.process import Process
from green_idle.actions import Cause
from green_idle.calibration.calibrator import Calibrator
from green_idle.calibration.course import PACE, Pace
from green_idle.decode import course as decode_course
from green_idle.decode.keeper import DecodeKeeper
from green_idle.feed_link import FeedLink, FeedLost
from green_idle.fleet import Fleet, Parts
from green_idle.gpus import Gpus
from green_idle.held import HeldFile
from green_idle.levers import Levers
from green_idle.parking.keeper import Keeper
from green_idle.policy import Policy
from green_idle.readers import AGAIN_AFTER_S, Readers
from green_idle.report import Reporter
from green_idle.resting import choose_all
from green_idle.showing import Showing
from green_idle.shown import ShownFile
from green_idle.watch import Watch
from green_idle.worker import RESERVE

TURN_S = 1.0
WATCH_EVERY_S = 1.0
# The driver's power changes every 100 ms; a comparison wants several readings in two seconds.
COMPARE_EVERY_S = 0.25
# Nobody waits for a stop; what comes after it would have to ask the driver again.
STOP_WAIT_MS = 2000


class Tuner:
    """The rim around the policy: the feed's socket, the configuration, and what others are shown."""

    def __init__(
        self,
        process: Process,
        gpus: Gpus,
        held: HeldFile,
        reporter: Reporter,
        *,
        pace: Pace = PACE,
        decode_pace: decode_course.Pace = decode_course.PACE,
        cgroups: Path = CGROUPS,
    ) -> None:
        self._process = process
        self._config = process.config.idle
        self._gpus = gpus
        self._report = reporter
        simulated = reporter.simulated
        # Each that is missing now gets threads as good as the others', once it is found.
        reserve = RESERVE + len(gpus.unopened)
        readers = Readers(gpus.open, self._urgent, reserve)
        # A view, so that it sees GPUs come and go.
        self._keeper = Keeper(self._config, gpus.open.values(), readers, process.log, simulated=simulated)
        # Time-based, so that epochs grow over restarts too.
        first_epoch = time.time_ns() // 1_000_000
        self._policy = Policy(idle_after_s=self._config.idle_after_s, first_epoch=first_epoch, rest_mhz={})
        self._levers = Levers(gpus.open, held, reporter, reserve)
        self._calibrator = Calibrator(process.config, process.log, simulated=simulated, pace=pace)
        server = UnitCgroup(process.config.gpu.model_server_unit, cgroups)
        watch = Watch(gpus.open, server, readers, simulated=simulated)
        parts = Parts(self._policy, gpus, self._levers, watch, self._calibrator, reporter)
        self._fleet = Fleet(parts, self._send)
        self._link = FeedLink(process.config.feed.socket, process.log)
        file = ShownFile(self._config.held_file, simulated=simulated)
        self._decode = DecodeKeeper(self._config, parts, self._fleet, process.log, pace=decode_pace)
        self._showing = Showing(parts, self._keeper, self._decode, self._link, process.notifier, file)
        self._sample_at_s = -math.inf
        self._alive_at_s = -math.inf
        self._configure(gpus.open.values())

    def run(self) -> None:
        """Raises GreenError where clocks can't be given back."""
        try:
            self._process.ready(self._showing.status())
            while self._fleet.fatal is None and not self._process.should_stop():
                self._turn()
        finally:
            self._stop()
        if self._fleet.fatal:
            raise self._fleet.fatal

    def _turn(self) -> None:
        self._take_config()
        self._showing.update()
        self._wait()
        # First the feed: everything else can wait for a request that is on its way.
        self._hear()
        now_s = time.monotonic()
        self._say_alive(now_s)
        if self._link.connect_if_due(now_s):
            self._policy.connected(now_s)
            self._keeper.connected(now_s)
        self._fleet.follow_up(now_s)
        self._look_for_lost(now_s)
        self._watch(now_s)
        # What a card needs for an answer is time like any other.
        now_s = time.monotonic()
        self._fleet.do(self._policy.tick(now_s), now_s)
        self._decode.turn(now_s)
        self._fleet.sample(now_s)
        if self._fleet.has_lowered:
            self._fleet.has_lowered, self._sample_at_s = False, now_s
        # What an unmeasured card draws while its clocks change by turns is no power of a quiet.
        if park := self._keeper.turn(now_s, look=not self._policy.measured):
            self._send(park, now_s)

    def _wait(self) -> None:
        now_s = time.monotonic()
        due_s = self._sample_at_s - now_s if self._is_watching(now_s) else TURN_S
        alive_every_s = self._process.notifier.alive_every_s or TURN_S
        readable = self._urgent()
        if (sampled := self._calibrator.sampling.fileno()) is not None:
            readable.append(sampled)
        timeout_s = min(due_s, TURN_S, alive_every_s, self._levers.due_in_s, self._decode.due_in_s(now_s))
        select.select(readable, [], [], max(0.0, timeout_s))

    def _urgent(self) -> list[int]:
        """What no reading is worth a wait of: the feed and the administrator."""
        connection = self._link.connection
        return [self._process.signals.fileno(), *([connection.fileno()] if connection else [])]

    def _say_alive(self, now_s: float) -> None:
        every_s = self._process.notifier.alive_every_s
        if every_s and now_s - self._alive_at_s >= every_s / 2:
            self._alive_at_s = now_s
            self._process.notifier.alive()

    def _hear(self) -> None:
        received_at_s = time.monotonic()
        try:
            for message in self._link.read():
                self._fleet.do(self._policy.heard(message, received_at_s), received_at_s)
                self._decode.heard(message, received_at_s)
                if self._keeper.heard(message, received_at_s):
                    # An empty card rests by itself, and may even draw more when locked.
                    self._fleet.wake(Cause.PARKED, f"{message.model} was unloaded", received_at_s)
                self._link.is_heard()
        except FeedLost as error:
            self._lose_feed(error, received_at_s)

    def _lose_feed(self, error: FeedLost, at_s: float) -> None:
        # Clocks first: the end of the connection tells the proxy that they are back.
        self._fleet.do(self._policy.disconnected(str(error), at_s), at_s)
        self._decode.disconnected(str(error), at_s)
        self._keeper.disconnected()
        self._link.lose(error, at_s)

    def _send(self, message: FromReader, at_s: float) -> None:
        try:
            self._link.send(message)
        except FeedLost as error:
            self._lose_feed(error, at_s)

    def _is_watching(self, now_s: float) -> bool:
        return bool(self._levers.restored) or self._policy.wants_readings(now_s)

    def _watch(self, now_s: float) -> None:
        """Read the GPUs that matter where that is due."""
        if now_s < self._sample_at_s or not self._is_watching(now_s):
            return
        wanted = set(self._policy.watched(now_s))
        readings = self._fleet.read(wanted | self._levers.restored, now_s)
        if readings is None:
            # Whatever follows in this turn is decided with what has just been said.
            self._sample_at_s = now_s + AGAIN_AFTER_S
            self._hear()
            return
        try:
            self._levers.check(readings, now_s)
        except GpuError as error:
            self._fleet.wake(Cause.GPU_ERROR, str(error), now_s)
        if not self._keeper.unloading(now_s):
            seen = [reading for reading in readings if reading.uuid in wanted]
            self._fleet.do(self._policy.saw(seen, now_s), now_s)
        dense = self._policy.compares(now_s) or self._levers.rises
        self._sample_at_s = now_s + (COMPARE_EVERY_S if dense and readings else WATCH_EVERY_S)

    def _look_for_lost(self, now_s: float) -> None:
        found = [gpu for gpu in self._gpus.turn(now_s) if self._fleet.find(gpu, now_s)]
        if not found:
            return
        try:
            self._configure(found)
        except ConfigError as error:
            for gpu in found:
                self._report.not_lowered(gpu.uuid, error)

    def _take_config(self) -> None:
        """What can change while running: after a reload, or at somebody's request."""
        if self._calibrator.takes_request():
            self._policy.calibrate()
        if self._process.config.idle is self._config:
            return
        self._config = self._process.config.idle
        # No hold goes on under other rules than it began with.
        self._fleet.wake(Cause.RELOAD, "the configuration was read anew", time.monotonic())
        self._policy.idle_after_s = self._config.idle_after_s
        self._keeper.configure(self._config)
        self._decode.configure(self._config, time.monotonic())
        try:
            self._configure(self._gpus.open.values())
        except ConfigError as error:
            self._process.log.error("config.reload_failed", say=f"the old resting clock stays: {error}")
            self._process.notifier.warn(f"running on the OLD resting clock: {error}")

    def _configure(self, gpus: Iterable[Gpu]) -> None:
        """Raises ConfigError where none of these has the clocks that are configured."""
        choice = choose_all(gpus, self._config)
        self._levers.configure(self._config.restore_sm_clock_mhz)
        self._fleet.wait_ms = self._process.config.proxy.wake_wait_ms
        self._fleet.rest_at(choice, calibrate=self._config.calibrate)

    def _stop(self) -> None:
        self._fleet.wait_ms = STOP_WAIT_MS
        self._fleet.wake(Cause.STOP, "green-idle stops", time.monotonic())
        self._decode.stop(time.monotonic())
        try:
            self._levers.finish()
        except GpuError as error:
            self._fleet.fatal = self._fleet.fatal or error
        self._link.close()
        self._calibrator.close()
        self._keeper.save()
        self._showing.end()
