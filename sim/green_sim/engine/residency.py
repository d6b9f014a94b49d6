# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which model is on the GPU, how it gets there and when it leaves."""

from __future__ import annotations

from dataclasses import dataclass

from green_sim.engine.job import Job, Runner
from green_sim.gpu.card import Card, Process
from green_sim.gpu.curves import Phase, Work

CONTEXT_BYTES = 600 * 1024**2


@dataclass(frozen=True, slots=True)
class Loading:
    """A load under way; `owner` is the request whose leaving aborts it."""

    owner: Job
    began_s: float
    ends_s: float
    energy_start_j: float
    baseline_w: float

    def bill(self, now_s: float, energy_j: float) -> None:
        """The owner pays for all of it, to its end or to where it was given up."""
        self.owner.cost.load_j += energy_j - self.energy_start_j
        self.owner.cost.load_baseline_j += self.baseline_w * (now_s - self.began_s)


class Residency:
    """The one model on the card: absent, loading or resident; time is passed in."""

    __slots__ = (
        "_card",
        "_expires_s",
        "_keep_alive_s",
        "_load_s",
        "_model_bytes",
        "_pid",
        "loading",
        "runner",
    )

    def __init__(self, card: Card, *, load_s: float, model_bytes: int, pid: int) -> None:
        self._card = card
        self._load_s = load_s
        self._model_bytes = model_bytes
        self._pid = pid
        self._expires_s: float | None = None
        self._keep_alive_s = 0.0
        self.runner: Runner | None = None
        self.loading: Loading | None = None

    def next_event_s(self) -> float | None:
        """When the load ends or the model's time is up."""
        return self.loading.ends_s if self.loading is not None else self._expires_s

    @property
    def expires_s(self) -> float | None:
        """When the model leaves if nobody asks for it; nothing where it stays or is in use."""
        return self._expires_s

    @property
    def keep_alive_s(self) -> float:
        """How long the model stays after its last request; negative means for ever."""
        return self._keep_alive_s

    def needed_bytes(self, cache_bytes: int) -> int:
        """Of the card's memory, with this much for keys and values."""
        return CONTEXT_BYTES + self._model_bytes + cache_bytes

    def begin_load(self, now_s: float, job: Job, cache_bytes: int = 0) -> None:
        """Start to load the model that a job wants."""
        self.unload(now_s)
        self._card.set_process(now_s, self._pid, Process(self.needed_bytes(cache_bytes)))
        self._card.set_work(now_s, Work(Phase.LOAD, 1))
        self.loading = Loading(job, now_s, now_s + self._load_s, self._card.energy_j, self._card.baseline_w)

    def finish_load(self, now_s: float) -> None:
        """The model is resident; its owner pays for the load."""
        loading = self.loading
        if loading is None:
            return
        self._card.set_work(now_s, Work())
        loading.bill(now_s, self._card.energy_j)
        self.runner = loading.owner.order.runner
        self.loading = None

    def abort_load(self, now_s: float) -> None:
        """The owner left: what was loaded is thrown away."""
        loading = self.loading
        if loading is None:
            return
        self._card.set_work(now_s, Work())
        loading.bill(now_s, self._card.energy_j)
        self.loading = None
        self._card.remove_process(now_s, self._pid)

    def unload(self, now_s: float) -> None:
        """Take the model off the card."""
        self.runner = None
        self._expires_s = None
        self._card.remove_process(now_s, self._pid)

    def use(self, keep_alive_s: float) -> None:
        """A request uses the model; its keep-alive replaces the one before."""
        self._keep_alive_s = keep_alive_s
        self._expires_s = None

    def rest(self, now_s: float) -> None:
        """The last request has ended: from now on the keep-alive runs."""
        if self.runner is None or self._expires_s is not None:
            return
        self._expires_s = now_s + self._keep_alive_s if self._keep_alive_s >= 0 else None
