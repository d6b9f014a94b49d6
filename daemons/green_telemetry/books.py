# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Everything that is known of one GPU's energy: baseline, ledger and windows, fed with its samples."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from green_telemetry.baseline import Baseline
from green_telemetry.ledger import Entry, Ledger
from green_telemetry.sampler import Sample
from green_telemetry.timeline import Generation
from green_telemetry.window import Window


class Books:
    """The books of one GPU; the clock comes with the samples."""

    def __init__(self, power_limit_w: float | None, *, integrate: bool) -> None:
        self.baseline = Baseline(power_limit_w)
        self.ledger = Ledger()
        self.integrate = integrate
        self.last: Sample | None = None
        self._window: Window | None = None
        self._closed: deque[Window] = deque()
        self._baseline_w = 0.0
        self._baseline_j = 0.0
        self._integral_j = 0.0

    @property
    def method(self) -> str:
        """'counter', or 'integrated' where the GPU has none and its power is summed up over time."""
        return "integrated" if self.integrate else "counter"

    @property
    def window(self) -> Window | None:
        """The window that runs, with what is certain of it by now."""
        return self._window

    def book(self, sample: Sample, *, quiet: bool, regular: bool) -> bool:
        """
        Take a sample in.

        `quiet` where nothing is in flight and nothing computes; `regular` for the beat's own samples.
        False where the counter fell: the books were cut there, and the sample is the first after it.
        """
        self._follow(sample, quiet=quiet)
        counter_j = self._integral_j if self.integrate else sample.counter_j
        whole = True
        if counter_j is not None:
            whole = self._read(sample.time_s, counter_j)
        if regular and self._window is not None:
            self._window.add_sample(sample)
        return whole

    def note_end(self) -> None:
        """A generation ended in this window."""
        if self._window is not None:
            self._window.generations_ended += 1

    def window_age_s(self, now_s: float) -> float:
        return 0.0 if self._window is None else now_s - self._window.first_s

    def end_window(self) -> None:
        """Close the window at the last reading; the next one begins there."""
        last = self.ledger.last
        if self._window is None or last is None or last[0] <= self._window.first_s:
            return
        self._window.close(*last)
        self._closed.append(self._window)
        self._window = Window(*last)

    def cut(self) -> None:
        """The GPU can't be followed from here on; the window ends at the last reading."""
        self.end_window()
        self._window = None
        self.ledger.cut()
        self.last = None
        self._baseline_j = 0.0

    def settle(self, generations: Collection[Generation], now_s: float) -> tuple[list[Entry], list[Window]]:
        """What is certain by now: entries, and windows of which all entries are."""
        entries = self.ledger.settle(generations, now_s)
        for entry in entries:
            window = self._window_of(entry)
            if window is not None:
                window.add_entry(entry)
        complete = []
        while self._closed and (self._closed[0].last_s or 0.0) <= self.ledger.settled_s:
            complete.append(self._closed.popleft())
        return entries, complete

    def _window_of(self, entry: Entry) -> Window | None:
        for window in self._closed:
            if window.last_s is not None and entry.interval.end_s <= window.last_s:
                return window
        return self._window

    def _follow(self, sample: Sample, *, quiet: bool) -> None:
        """Carry baseline and power forward to this sample, on straight lines from the last one."""
        if sample.power_w is not None:
            self.baseline.observe(sample.time_s, sample.power_w, sample.sm_clock_mhz, quiet=quiet)
        baseline_w = self.baseline.power_w(sample.sm_clock_mhz) or 0.0
        if self.last is not None:
            since_s = sample.time_s - self.last.time_s
            self._baseline_j += since_s * (self._baseline_w + baseline_w) / 2
            if sample.power_w is not None and self.last.power_w is not None:
                self._integral_j += since_s * (self.last.power_w + sample.power_w) / 2
        self._baseline_w = baseline_w
        self.last = sample

    def _read(self, time_s: float, counter_j: float) -> bool:
        provisional = not self.baseline.learned
        whole = self.ledger.read(time_s, counter_j, self._baseline_j, provisional=provisional)
        if not whole:
            following = self.last
            self.cut()
            self.last = following
            self.ledger.read(time_s, counter_j, 0.0, provisional=provisional)
        self._baseline_j = 0.0
        if self._window is None:
            self._window = Window(time_s, counter_j)
        return whole
