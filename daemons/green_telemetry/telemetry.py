# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The daemon: one blocking loop over signals, the activity feed and the next sample's time."""

from __future__ import annotations

import math
import select
import time

from green_common.feed import FeedConnection
from green_common.gpu.open import open_driver
from green_common.process import Process
from green_common.signals import Signals
from green_telemetry.audit import Audit
from green_telemetry.audit.start import start_of
from green_telemetry.clerk import Clerk
from green_telemetry.gpus import Gpus
from green_telemetry.link import FeedLink
from green_telemetry.meter import power_text
from green_telemetry.phases import COUNTER_STEP_S
from green_telemetry.sampler import Sample
from green_telemetry.timeline import Timeline
from green_telemetry.watch import Watch

# The counter takes 4 ms to read and keeps its sum: in quiet times a few readings a minute will do.
QUIET_READING_EVERY_S = 5.0
# With more in flight the shares hardly change at one edge, and the beat's readings are enough.
FEW_IN_FLIGHT = 4
# Power still shows the end of the last generation.
SETTLING_S = 0.3


class Telemetry:
    """Reads the GPUs, follows the feed, and hands both to the books."""

    def __init__(self, process: Process) -> None:
        driver = open_driver(process.config.gpu)
        self._process = process
        self._config = process.config
        self._audit = Audit(process.log, simulated=driver.simulated, config=self._config.telemetry)
        self._watch = Watch(self._audit, self._config.telemetry)
        self._gpus = Gpus(process.config.gpu, driver, self._audit)
        self._link = FeedLink(process.config.feed.socket, self._audit.restrained)
        self._timeline = Timeline()
        self._clerk = Clerk(self._audit, self._timeline)
        self._beat_at_s = time.monotonic()
        self._read_at_s = -math.inf
        self._drained_at_s = math.inf
        self._alive_at_s = -math.inf

    def run(self) -> None:
        """Until a signal says stop. Raises a GpuError where there is nothing to read at the start."""
        self._gpus.open()
        self._write_start()
        self._follow_feed(time.monotonic())
        self._process.ready(self._status())
        while not self._process.should_stop():
            now_s = time.monotonic()
            self._take_configuration()
            self._follow_feed(now_s)
            self._reopen_lost(now_s)
            self._measure(time.monotonic())
            self._audit.flush(now_s)
            self._tell_service_manager(now_s)
            self._wait()
        self._finish()

    def _take_configuration(self) -> None:
        """After a reload: the audit's limits and estimates, and a new digest in the journal."""
        if self._process.config is not self._config:
            self._config = self._process.config
            self._audit.configure(self._config.telemetry)
            self._watch.configure(self._config.telemetry)
            self._write_start()

    def _write_start(self) -> None:
        gpus, simulated = self._gpus, self._audit.simulated
        self._audit.start(start_of(self._config, gpus.driver_version, gpus.meters, simulated=simulated))

    def _wait(self) -> None:
        wake_at_s = min(self._beat_at_s, self._drained_at_s, self._gpus.reopen_at_s, self._audit.due_at_s)
        if self._link.retry_at_s is not None:
            wake_at_s = min(wake_at_s, self._link.retry_at_s)
        if self._process.notifier.alive_every_s is not None:
            wake_at_s = min(wake_at_s, self._alive_at_s + self._process.notifier.alive_every_s)
        readable: list[Signals | FeedConnection] = [self._process.signals]
        if self._link.connection is not None:
            readable.append(self._link.connection)
        select.select(readable, [], [], max(0.0, wake_at_s - time.monotonic()))

    def _follow_feed(self, now_s: float) -> None:
        self._link.connect(now_s)
        was_connected, before = self._link.connected, self._timeline.in_flight
        handed_over = False
        for envelope in self._link.receive(now_s):
            ended = self._timeline.ended_count
            # The feed's clock is this machine's, so that a message from the future is a lie.
            handed_over |= self._timeline.apply(envelope.message, min(envelope.time_s, time.monotonic()))
            self._note_ends(self._timeline.ended_count - ended)
        if was_connected and not self._link.connected:
            self._timeline.lose_sight(now_s, "feed lost")
        if handed_over and min(before, self._timeline.in_flight) < FEW_IN_FLIGHT:
            self._read_edge(time.monotonic())

    def _note_ends(self, count: int) -> None:
        for _ in range(count):
            for meter in self._gpus.meters:
                meter.books.note_end()
        if count and not self._timeline.in_flight:
            self._drained_at_s = (self._timeline.last_ended_s or 0.0) + COUNTER_STEP_S

    def _read_edge(self, now_s: float) -> None:
        if now_s - self._read_at_s >= COUNTER_STEP_S:
            self._sample(now_s, with_counter=True, regular=False)

    def _measure(self, now_s: float) -> None:
        """The beat's sample, with the counter where somebody is to be charged or the window is over."""
        if now_s >= self._drained_at_s:
            self._drained_at_s = math.inf
            self._sample(now_s, with_counter=True, regular=False)
        if now_s < self._beat_at_s:
            return
        period_s = self._process.config.telemetry.sample_every_ms / 1000
        self._beat_at_s += period_s * math.ceil((now_s - self._beat_at_s + 1e-9) / period_s)
        # Half a beat early rather than half a beat late: a window ends on the beat next to its time.
        full_s = self._process.config.telemetry.window_s - period_s / 2
        over = [meter for meter in self._gpus.meters if meter.books.window_age_s(now_s) >= full_s]
        owed = bool(self._timeline.in_flight or self._timeline.ended or over)
        rested = now_s - self._read_at_s >= QUIET_READING_EVERY_S
        self._sample(now_s, with_counter=owed or rested, regular=True)
        for meter in over:
            meter.books.end_window()
        self._watch.look(self._gpus.meters, self._timeline, now_s, feed_connected=self._link.connected)
        self._clerk.settle(self._gpus.meters, now_s, feed=self._feed_text())

    def _sample(self, now_s: float, *, with_counter: bool, regular: bool) -> None:
        if with_counter:
            self._read_at_s = now_s
        interrupted = self._gpus.sample(self._is_quiet, with_counter=with_counter, regular=regular)
        if interrupted:
            self._timeline.mark_partial()
        if with_counter and not regular:
            self._clerk.settle(self._gpus.meters, now_s, feed=self._feed_text())

    def _is_quiet(self, sample: Sample) -> bool:
        """True where nothing is in flight and, as far as the GPU tells, nothing computes."""
        ended_s = self._timeline.last_ended_s
        if self._timeline.in_flight or (ended_s is not None and sample.time_s - ended_s < SETTLING_S):
            return False
        return self._link.connected if sample.gpu_percent is None else sample.gpu_percent == 0

    def _reopen_lost(self, now_s: float) -> None:
        if now_s >= self._gpus.reopen_at_s:
            self._gpus.reopen(now_s)

    def _tell_service_manager(self, now_s: float) -> None:
        every_s = self._process.notifier.alive_every_s
        if every_s is not None and now_s - self._alive_at_s >= every_s:
            self._alive_at_s = now_s
            self._process.notifier.alive()
        self._process.notifier.status(self._status())

    def _status(self) -> str:
        parts = [power_text(meter) for meter in self._gpus.meters]
        parts.append(f"{self._timeline.in_flight} in flight")
        parts.append(f"{self._audit.receipts} receipts")
        parts.append(self._link.state(time.monotonic()))
        if self._clerk.journal_low:
            parts.append("the JOURNAL'S DISK IS NEARLY FULL")
        if self._audit.simulated:
            parts.append("simulated")
        return ", ".join(parts)

    def _feed_text(self) -> str:
        return "connected" if self._link.connected else "absent"

    def _finish(self) -> None:
        """The last readings, then receipts for all that ended and for what still runs, up to here."""
        now_s = time.monotonic()
        for envelope in self._link.receive(now_s):
            self._timeline.apply(envelope.message, min(envelope.time_s, now_s))
        self._timeline.lose_sight(now_s, "unfinished at stop")
        self._gpus.sample(self._is_quiet, with_counter=True, regular=False)
        for meter in self._gpus.meters:
            meter.books.end_window()
        self._clerk.settle(self._gpus.meters, math.inf, feed=self._feed_text())
        self._link.close()
        self._gpus.close()
