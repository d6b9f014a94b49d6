# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One GPU as the daemon follows it: how it is read, its books, and whether it is there."""

from __future__ import annotations

from dataclasses import dataclass

from green_common.gpu import Gpu, GpuUnsupportedError
from green_telemetry.books import Books
from green_telemetry.sampler import Sample, Sampler


@dataclass(slots=True)
class Meter:
    """A GPU, found again by its UUID; `lost_s` is when it went, None while it is there."""

    sampler: Sampler
    books: Books
    lost_s: float | None = None
    lost_j: float | None = None

    @property
    def gpu(self) -> Gpu:
        return self.sampler.gpu

    @property
    def label(self) -> str:
        return f"GPU {self.gpu.index}"

    def lose(self) -> None:
        """The GPU can't be read any more: its books end at the last reading."""
        last = self.books.ledger.last or (self.sampler.clock(), None)
        self.lost_s, self.lost_j = last
        self.books.cut()

    def find(self) -> None:
        self.lost_s = self.lost_j = None


def open_meter(gpu: Gpu) -> tuple[Meter, Sample]:
    """
    Start to follow a GPU.

    Raises GpuUnsupportedError where it tells neither energy nor power, GpuLostError where it is gone.
    """
    sampler = Sampler(gpu)
    sample = sampler.sample(with_counter=True)
    if sample.counter_j is None and sample.power_w is None:
        raise GpuUnsupportedError(
            f"GPU {gpu.index} ({gpu.uuid}) tells neither its energy nor its power; it can't be accounted for"
        )
    try:
        limit_w = gpu.read_power_limit_w()
    except GpuUnsupportedError:
        limit_w = None
    return Meter(sampler, Books(limit_w, integrate=sample.counter_j is None)), sample


def power_text(meter: Meter) -> str:
    """What `systemctl status` shows of a GPU."""
    if meter.lost_s is not None:
        return f"{meter.label}: LOST"
    last = meter.books.last
    power_w = last.power_w if last else None
    return f"{meter.label}: " + ("power unknown" if power_w is None else f"{power_w:.0f} W")
