# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One variant between the upstream and the clients, for one round."""

from __future__ import annotations

import contextlib
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from bench.proxy.clients import Clients, Seen, Task
from bench.proxy.counting import Counts, differences, parse_counts
from bench.proxy.plan import Plan
from bench.proxy.running import PROXY_CPU, RIG_CPU, FailedError, Running, fetch, free_port
from bench.proxy.usage import Memory, cpu_s, machine, memory, wake_ups
from bench.proxy.variants import Place, Variant, bare_environ, feed_socket

LIVE_S = 3600
SETTLE_S = 1.0
# Connections that nobody uses are closed after 2 s by green-proxy; that is the end of the loads, not rest.
REST_AFTER_S = 4.0
# A vocabulary is read in the background, after the first request that wants it.
VOCABULARY_S = 3.0
HELD_LOOK_AFTER_S = 3.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One task's outcome; CPU in seconds, shares in cores."""

    variant: str
    task: str
    round: int
    seen: Seen
    proxy_cpu_s: float
    rig_cpu_s: float
    wall_s: float
    disturbed: float
    tries: int
    counted: Counts
    faults: tuple[str, ...]
    memory: Memory | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """What the variant needs while nothing happens."""

    variant: str
    at_start: Memory
    after: Memory
    cpu_share: float
    wake_ups_per_s: float
    over_s: float
    counted: Counts


@dataclass(frozen=True, slots=True)
class _Meters:
    """Readings that only grow."""

    at_s: float
    proxy_s: float
    rig_s: float
    busy_s: float

    def since(self, before: _Meters) -> _Meters:
        return _Meters(*(getattr(self, name) - getattr(before, name) for name in self.__slots__))


class Trial:
    """Owns the processes; use it in a `with`."""

    def __init__(self, variant: Variant, place: Place, plan: Plan, replies: dict[str, Path]) -> None:
        self._variant = variant
        self._place = place
        self._plan = plan
        self._replies = replies
        self._upstream_port = free_port()
        self.port = self._upstream_port
        self._next_number = 0
        self._stack = contextlib.ExitStack()
        self._rig: list[Running] = []
        self.proxy: Running | None = None

    def __enter__(self) -> Trial:
        with contextlib.ExitStack() as stack:
            self._stack = stack
            self._start_upstream()
            self._start_proxy()
            self._start_readers()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def warm_up(self) -> list[Sample]:
        """Twice: the second time with the vocabulary there, so that all is counted."""
        samples = []
        for pause_s in (VOCABULARY_S if self._variant.readers else 0.0, 0.0):
            for task in self._plan.warm_up():
                samples.append(self._run(task, 0))
            time.sleep(pause_s)
        return samples

    def measure(self, task: Task, round_number: int) -> Sample:
        """The least disturbed of the tries that it took."""
        tried: list[Sample] = []
        while len(tried) < self._plan.tries:
            tried.append(self._run(task, round_number))
            if tried[-1].faults:
                return tried[-1]
            if tried[-1].disturbed <= self._plan.disturbed_above:
                break
        best = min(tried, key=lambda sample: sample.disturbed)
        return replace(best, tries=len(tried))

    def run_once(self, task: Task, during: Callable[[], None]) -> Sample:
        """With something beside the clients."""
        return self._run(task, 0, during)

    def hold(self, task: Task, round_number: int) -> Sample:
        """Memory while all streams are open; being disturbed does not matter to it."""
        return self._run(task, round_number, held=True)

    def memory(self) -> Memory:
        return memory(self.proxy.pid) if self.proxy else Memory(0, 0)

    def rest(self, at_start: Memory) -> Rest | None:
        """After the loads: what was opened, cached and counted is there, and nothing should stir."""
        if not self.proxy:
            return None
        time.sleep(REST_AFTER_S)
        begin_s, cpu_before_s, woken_before = (
            time.monotonic(),
            cpu_s(self.proxy.pid),
            wake_ups(self.proxy.pid),
        )
        time.sleep(self._plan.idle_s)
        over_s = time.monotonic() - begin_s
        used_s, woken = cpu_s(self.proxy.pid) - cpu_before_s, wake_ups(self.proxy.pid) - woken_before
        return Rest(
            variant=self._variant.name,
            at_start=at_start,
            after=self.memory(),
            cpu_share=used_s / over_s,
            wake_ups_per_s=woken / over_s,
            over_s=over_s,
            counted=self._counts(),
        )

    def own_figures(self) -> str:
        """green-proxy's metrics, to see that its steps did what they are for."""
        return fetch(f"http://127.0.0.1:{self.port}/-/metrics") if self._variant.readers else ""

    def _start_upstream(self) -> None:
        files = [f"{path}={file}" for path, file in self._replies.items()]
        command = [str(self._place.folder / "upstream"), str(self._upstream_port), str(LIVE_S), *files]
        self._start(command, RIG_CPU, "upstream").wait_for_port(self._upstream_port, 5.0)

    def _start_proxy(self) -> None:
        port = free_port()
        start = self._variant.start(self._place, port, self._upstream_port)
        if not start.command:
            return
        environ = bare_environ() | start.environ
        self.port = port
        self.proxy = self._add(Running(start.command, PROXY_CPU, self._log("proxy"), environ))
        self.proxy.wait_for_port(port, self._variant.start_within_s)
        time.sleep(SETTLE_S)

    def _start_readers(self) -> None:
        command = [str(self._place.folder / "drain"), str(feed_socket(self._place)), str(LIVE_S)]
        readers = [self._start(command, RIG_CPU, "drain") for _ in range(self._variant.readers)]
        time.sleep(SETTLE_S / 2)
        if any(reader.process.poll() is not None for reader in readers):
            raise FailedError(f"a reader of the feed ended: {readers[0].last_words()}")

    def _start(self, command: list[str], cpu: int, name: str) -> Running:
        running = self._add(Running(command, cpu, self._log(name)))
        self._rig.append(running)
        return running

    def _add(self, running: Running) -> Running:
        self._stack.callback(running.stop)
        return running

    def _log(self, name: str) -> Path:
        return self._place.folder / f"{name}.log"

    def _run(
        self, task: Task, round_number: int, during: Callable[[], None] | None = None, *, held: bool = False
    ) -> Sample:
        counts_before, before = self._counts(), self._meters()
        clients = Clients(self._place.folder / "load", task, self.port, self._variant.path, self._next_number)
        with clients:
            if during:
                during()
            weighed = self._weigh() if held else None
            seen = clients.result()
        used, counted = self._meters().since(before), self._counts().since(counts_before)
        self._next_number += seen.asked
        return Sample(
            variant=self._variant.name,
            task=task.name,
            round=round_number,
            seen=seen,
            proxy_cpu_s=used.proxy_s,
            rig_cpu_s=used.rig_s,
            wall_s=used.at_s,
            disturbed=max(0.0, (used.busy_s - used.proxy_s - used.rig_s) / used.at_s),
            tries=1,
            counted=counted,
            faults=tuple(differences(seen, counted)),
            memory=weighed,
        )

    def _weigh(self) -> Memory:
        time.sleep(HELD_LOOK_AFTER_S)
        return self.memory()

    def _counts(self) -> Counts:
        text = fetch(f"http://127.0.0.1:{self._upstream_port}/bench/counts")
        if not text:
            raise FailedError("the upstream of the benchmark does not answer")
        return parse_counts(text)

    def _meters(self) -> _Meters:
        """The clients are a child that has been waited for; we ourselves are of the rig too."""
        own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        rig_s = sum(usage.ru_utime + usage.ru_stime for usage in (own, children))
        rig_s += sum(cpu_s(running.pid) for running in self._rig)
        now = machine()
        proxy_s = cpu_s(self.proxy.pid) if self.proxy else 0.0
        return _Meters(time.monotonic(), proxy_s, rig_s, now.busy_s + now.stolen_s)
