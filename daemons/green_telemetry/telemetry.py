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
from green_common.lean import give_back_memory
from green_common.process import Process
from green_common.signals import Signals
from green_telemetry.audit import Audit
from green_telemetry.audit.start import start_of
from green_telemetry.cadence import Cadence, is_quiet
from green_telemetry.clerk import Clerk
from green_telemetry.costs.model import Costs
from green_telemetry.costs.store import Store
from green_telemetry.gpus import Gpus
from green_telemetry.link import FeedLink
from green_telemetry.meter import power_text
from green_telemetry.rapl import Rapl, RaplError
from green_telemetry.sampler import Sample
from green_telemetry.timeline import Timeline
from green_telemetry.views.board import Board
from green_telemetry.views.views import Views
from green_telemetry.watch import Watch

# How long a viewer may wait for the beat to quicken.
VIEWERS_EVERY_S = 1.0


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
        board = Board()
        self._clerk = Clerk(self._audit, self._timeline, board, beside=self._cpu_j)
        self._store = Store(process.config.telemetry.state, process.log)
        self._views = Views(process, board, simulated=driver.simulated)
        self._cadence = Cadence(time.monotonic(), process.config.telemetry)
        self._rapl = self._open_rapl()
        self._alive_at_s = -math.inf

    def run(self) -> None:
        """Until a signal says stop. Raises a GpuError where there is nothing to read at the start."""
        self._gpus.open()
        self._store.load(self._costs())
        self._write_start()
        self._views.open()
        self._publish()
        give_back_memory()
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
            self._store.save_now_and_then(self._costs(), now_s)
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
        wake_at_s = min(self._cadence.wake_at_s, self._gpus.reopen_at_s, self._audit.due_at_s)
        if self._cadence.pace.rests:
            wake_at_s = min(wake_at_s, time.monotonic() + VIEWERS_EVERY_S)
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
        now_s = time.monotonic()
        if handed_over and self._cadence.wants_edge(now_s, before, self._timeline.in_flight):
            self._sample(now_s, with_counter=True, regular=False)

    def _note_ends(self, count: int) -> None:
        for _ in range(count):
            for meter in self._gpus.meters:
                meter.books.note_end()
        if count and not self._timeline.in_flight:
            self._cadence.note_drain(self._timeline.last_ended_s or 0.0)

    def _measure(self, now_s: float) -> None:
        """The beat's sample, with the counter where it is due or a window is over."""
        if self._cadence.take_drain(now_s):
            self._sample(now_s, with_counter=True, regular=False)
        if self._timeline.in_flight or self._views.watched:
            self._cadence.hurry(now_s)
        # It may have been loaded anew.
        self._cadence.config = self._process.config.telemetry
        if not self._cadence.take_beat(now_s):
            return
        ages_s = ((meter, meter.books.window_age_s(now_s)) for meter in self._gpus.meters)
        over = [meter for meter, age_s in ages_s if self._cadence.window_is_over(age_s)]
        due = bool(over) or self._cadence.wants_counter(now_s, busy=self._is_owed())
        self._sample(now_s, with_counter=due, regular=True)
        for meter in over:
            meter.books.end_window()
        self._watch.look(self._gpus.meters, self._timeline, now_s, feed_connected=self._link.connected)
        self._clerk.settle(self._gpus.meters, now_s, feed=self._feed_text())
        self._publish()

    def _publish(self) -> None:
        self._views.publish(
            self._gpus.meters,
            self._timeline,
            self._clerk,
            feed=self._link.connected,
            alerts=self._watch.alerts,
            power=self._watch.power,
        )

    def _is_owed(self) -> bool:
        """Somebody is to be charged, or a GPU's reading is in doubt."""
        doubtful = any(meter.doubtful for meter in self._gpus.meters)
        return bool(self._timeline.in_flight or self._timeline.ended or doubtful)

    def _sample(self, now_s: float, *, with_counter: bool, regular: bool) -> None:
        if with_counter:
            self._cadence.note_reading(now_s)
        self._read_cpu(now_s)
        interrupted = self._gpus.sample(self._is_quiet, with_counter=with_counter, regular=regular)
        if interrupted or any(meter.lost_s is not None for meter in self._gpus.meters):
            self._timeline.mark_partial()
        if with_counter and not regular:
            self._clerk.settle(self._gpus.meters, now_s, feed=self._feed_text())
            self._publish()

    def _is_quiet(self, sample: Sample) -> bool:
        if sample.gpu_percent:
            self._cadence.pace.note_busy(sample.time_s)
        return is_quiet(sample, self._timeline, connected=self._link.connected)

    def _reopen_lost(self, now_s: float) -> None:
        if now_s >= self._gpus.reopen_at_s and self._gpus.reopen(now_s):
            # What ran in the gap began before it was known to end.
            self._timeline.mark_partial()

    def _open_rapl(self) -> Rapl | None:
        if not self._process.config.telemetry.cpu_energy:
            return None
        try:
            return Rapl()
        except RaplError as error:
            self._audit.restrained.warning("cpu.refused", say=str(error))
            return None

    def _read_cpu(self, now_s: float) -> None:
        if self._rapl is None:
            return
        try:
            self._rapl.read(now_s)
        except RaplError as error:
            self._rapl = None
            self._audit.restrained.warning("cpu.refused", say=str(error))

    def _cpu_j(self, first_s: float, last_s: float) -> dict[str, float]:
        return {} if self._rapl is None else self._rapl.between(first_s, last_s)

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

    def _costs(self) -> dict[str, Costs]:
        """What is known of each GPU."""
        return {meter.gpu.uuid: meter.books.ledger.costs for meter in self._gpus.meters}

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
        self._store.save(self._costs())
        self._link.close()
        self._views.close()
        self._gpus.close()
