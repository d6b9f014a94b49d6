# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One GPU as the daemon follows it: how it is read, its books, and whether it is there."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import NamedTuple

from green_common.gpu import Gpu, GpuError, GpuUnsupportedError, Instance
from green_telemetry.books import Books
from green_telemetry.plausible import PATIENCE_S, CounterCheck, Doubt, Verdict
from green_telemetry.processes import OthersShare
from green_telemetry.sampler import Sample, Sampler

SAY_AGAIN_AFTER_S = 600.0

LastReading = tuple[float, float | None]


class Booked(NamedTuple):
    """What came of a sample: books that were cut, and the last reading before a time that is not known."""

    interrupted: bool = False
    gap: LastReading | None = None
    doubts: tuple[Doubt, ...] = ()


@dataclass(slots=True)
class Meter:
    """A GPU, found again by its UUID; `lost_s` is when it went, None while it is there."""

    sampler: Sampler
    books: Books
    lost_s: float | None = None
    lost_j: float | None = None
    instances: tuple[Instance, ...] = ()
    _check: CounterCheck | None = None
    _cut_at: LastReading | None = None
    _said_at_s: dict[Doubt, float] = field(default_factory=dict)

    @property
    def gpu(self) -> Gpu:
        return self.sampler.gpu

    @property
    def label(self) -> str:
        return f"GPU {self.gpu.index}"

    @property
    def doubtful(self) -> bool:
        """True while the counter is not believed, and is worth another look."""
        return self._check is not None and self._check.doubt is not None

    def lose(self) -> None:
        """The GPU can't be read any more: its books end at the last reading."""
        self.lost_s, self.lost_j = self._cut()
        self._forget()

    def find(self) -> None:
        self.lost_s = self.lost_j = None
        self._forget()

    def book(self, sample: Sample, *, quiet: bool, regular: bool) -> Booked:
        """Take a sample into the books, or leave out what makes no sense."""
        gap = self._choose_method(sample)
        verdict = Verdict.BOOK if gap else self._judge(sample)
        doubts = self._to_say(sample, verdict)
        if verdict is Verdict.CUT:
            self._cut_at = self._cut()
        elif verdict is Verdict.ANEW:
            gap, self._cut_at = self._cut_at or self._cut(), None
        believed = verdict in (Verdict.BOOK, Verdict.ANEW)
        before = self.books.ledger.last
        whole = True
        if believed or not self.books.integrate:
            kept = sample if believed else dataclasses.replace(sample, counter_j=None)
            whole = self.books.book(kept, quiet=quiet, regular=regular)
        if not whole:
            gap = before
        return Booked(gap is not None or verdict is Verdict.CUT, gap, doubts)

    def _judge(self, sample: Sample) -> Verdict:
        if self._check is None:
            self._check = CounterCheck(self.sampler.limit_w)
        if self.books.integrate:
            return self._judge_power(sample)
        if sample.counter_j is None:
            return Verdict.BOOK
        return self._check.judge(sample.time_s, sample.counter_j, sample.power_w)

    def _judge_power(self, sample: Sample) -> Verdict:
        """Power summed up over time: a short time without it is bridged, a long one is not known."""
        last = self.books.last
        if sample.power_w is not None:
            return Verdict.BOOK if self._cut_at is None else Verdict.ANEW
        if self._cut_at is not None or last is None or sample.time_s - last.time_s <= PATIENCE_S:
            return Verdict.LEAVE_OUT
        return Verdict.CUT

    def _choose_method(self, sample: Sample) -> LastReading | None:
        """A counter that is refused from now on, or offered again; a gap where that leaves joules unknown."""
        if self.books.integrate and sample.counter_j is not None and self._cut_at is None:
            self.books.book(sample, quiet=False, regular=False)
            self._cut()
            self.books.integrate = False
            return None
        refused = sample.counter_j is None and "energy counter" in self.sampler.unsupported
        if self.books.integrate or not refused or sample.power_w is None:
            return None
        since, self._cut_at = self._cut_at or self._cut(), None
        self._forget()
        self.books.integrate = True
        return since

    def _to_say(self, sample: Sample, verdict: Verdict) -> tuple[Doubt, ...]:
        """Each doubt once in ten minutes; a counter that stands still, once it has done so for seconds."""
        doubts = set(sample.doubts)
        doubt = self._check.doubt if self._check and sample.counter_j is not None else None
        if doubt is not None and (doubt is not Doubt.FROZEN or verdict is Verdict.CUT):
            doubts.add(doubt)
        now_s = sample.time_s
        new = {one for one in doubts if now_s >= self._said_at_s.get(one, -1e9) + SAY_AGAIN_AFTER_S}
        self._said_at_s.update(dict.fromkeys(new, now_s))
        return tuple(sorted(new, key=lambda one: one.name))

    def _cut(self) -> LastReading:
        last: LastReading = self._cut_at or self.books.ledger.last or (self.sampler.clock(), None)
        self.books.cut()
        return last

    def _forget(self) -> None:
        self._cut_at = None
        if self._check is not None:
            self._check.forget()


def open_meter(gpu: Gpu, others: OthersShare | None = None) -> tuple[Meter, Sample]:
    """
    Start to follow a GPU.

    Raises GpuUnsupportedError where it tells neither energy nor power, GpuLostError where it is gone.
    """
    try:
        limit_w = gpu.read_power_limit_w() or None
    except GpuUnsupportedError:
        limit_w = None
    sampler = Sampler(gpu, limit_w=limit_w, others=others)
    sample = sampler.sample(with_counter=True)
    if sample.counter_j is None and sample.power_w is None and not sample.doubts:
        raise GpuUnsupportedError(
            f"GPU {gpu.index} ({gpu.uuid}) tells neither its energy nor its power; it can't be accounted for"
        )
    meter = Meter(sampler, Books(limit_w, integrate=sample.counter_j is None))
    meter.instances = read_instances(gpu)
    return meter, sample


def read_instances(gpu: Gpu) -> tuple[Instance, ...]:
    """None of them where the card is whole or can't tell."""
    try:
        return gpu.read_instances()
    except GpuError:
        return ()


def power_text(meter: Meter) -> str:
    """What `systemctl status` shows of a GPU."""
    if meter.lost_s is not None:
        return f"{meter.label}: LOST"
    last = meter.books.last
    power_w = last.power_w if last else None
    return f"{meter.label}: " + ("power unknown" if power_w is None else f"{power_w:.0f} W")
