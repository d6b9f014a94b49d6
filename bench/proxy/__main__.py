# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The benchmark: all variants in turn, round by round, then the tables."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from bench.proxy.aims import aims
from bench.proxy.clients import Task
from bench.proxy.counting import steps_seen
from bench.proxy.environment import install
from bench.proxy.figures import Figures, Measured
from bench.proxy.options import LITELLM, Options, read_options
from bench.proxy.plan import CLOSED_LONG, STREAMS, TOKENS_PER_S
from bench.proxy.profile import Profiler, profile_report
from bench.proxy.running import PROXY_CPU, RIG_CPU, FailedError
from bench.proxy.table import report
from bench.proxy.trial import Rest, Sample, Trial
from bench.proxy.variants import HERE, OFF, ON, ROOT, VARIANTS, Variant
from bench.proxy.vocabulary import write_replies


class Benchmark:
    """One run and what it found."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._folder = options.place.folder
        self._plan = options.plan
        self._variants = options.variants
        self._samples: list[Sample] = []
        self._rests: list[Rest] = []
        self._began_s = time.monotonic()

    def run(self) -> int:
        """The exit code: 1 where any request was not exactly one generation of its own prompt."""
        self._prepare()
        for number in range(1, self._plan.rounds + 1):
            for name in self._variants:
                self._round(VARIANTS[name], number)
        text = self._report()
        (self._folder / "report.md").write_text(text)
        self._write_json()
        print(text)
        return 1 if self._faults() else 0

    def profile(self) -> int:
        self._prepare()
        for name in self._variants:
            self._profile(VARIANTS[name])
        return 0

    def _prepare(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._install()
        for log in self._folder.glob("*.log"):
            log.unlink()
        subprocess.run(["/usr/bin/make", "--silent", "-C", str(HERE), f"OUT={self._folder}"], check=True)
        self._replies = write_replies(self._folder)

    def _install(self) -> None:
        place = self._options.place
        install(ROOT / "requirements/bench.lock", place.environment)
        if LITELLM not in self._variants:
            return
        try:
            install(ROOT / "requirements/bench-litellm.lock", place.litellm)
        except FailedError as error:
            if self._options.with_litellm:
                raise
            print(f"LiteLLM is left out: {error}", file=sys.stderr)
            self._variants = tuple(name for name in self._variants if name != LITELLM)

    def _round(self, variant: Variant, number: int) -> None:
        with self._trial(variant) as trial:
            at_start = trial.memory()
            self._samples.extend(trial.warm_up())
            for task in self._tasks():
                self._keep(trial.measure(task, number))
            if number == 1:
                self._keep(trial.hold(self._plan.held_streams(), number))
                rest = trial.rest(at_start)
                self._rests.extend([rest] if rest else [])
                if figures := trial.own_figures():
                    (self._folder / f"metrics-{variant.name.rpartition(' ')[2]}.txt").write_text(figures)

    def _profile(self, variant: Variant) -> None:
        plan, spy = self._plan, self._options.place.environment / "bin/py-spy"
        streams_s = plan.tokens * plan.answers / TOKENS_PER_S
        tasks = [
            (plan.closed(), plan.closed_s),
            (plan.closed_long(), plan.closed_s),
            (plan.streams(), streams_s),
        ]
        with self._trial(variant) as trial:
            if not trial.proxy:
                raise FailedError(f"{variant.name} has no process to watch")
            trial.warm_up()
            for task, seconds in tasks:
                out = self._folder / f"profile-{task.name.replace(', ', '-')}.txt"
                sample = trial.run_once(task, Profiler(spy, trial.proxy.pid, out, seconds))
                cost = sample.proxy_cpu_s / (sample.seen.tokens or sample.seen.answered or 1) * 1e6
                print(profile_report(f"{variant.name}, {task.name}", out.read_text().splitlines()))
                print(
                    f"while watched: {cost:.0f} us of CPU a {'token' if sample.seen.tokens else 'request'}\n"
                )

    def _trial(self, variant: Variant) -> Trial:
        return Trial(variant, self._options.place, self._plan, self._replies)

    def _tasks(self) -> list[Task]:
        tasks = [self._plan.closed(), self._plan.closed_long(), self._plan.streams()]
        return [task for task in tasks if not (self._options.quick and task.name == CLOSED_LONG)]

    def _keep(self, sample: Sample) -> None:
        self._samples.append(sample)
        seen, first = sample.seen, sample.seen.first_token
        said = (
            f"{seen.requests_per_s:.0f} requests/s" if first is None else f"first token {first.p50_ms:.2f} ms"
        )
        at_s = time.monotonic() - self._began_s
        where = f"[{at_s:.0f} s] round {sample.round}, {sample.variant}, {sample.task}"
        words = [f"{where}: {said}; others {sample.disturbed:.2f} cores", *sample.faults]
        print(*words, sep=", ", file=sys.stderr, flush=True)

    def _faults(self) -> list[str]:
        return [f"{one.variant}, {one.task}: {fault}" for one in self._samples for fault in one.faults]

    def _report(self) -> str:
        rows = self._rows()
        goals = [goal for row in rows if row.variant == ON for goal in aims(row)]
        return report(rows, goals, [*self._notes(), *(f"**FAILED**: {fault}" for fault in self._faults())])

    def _rows(self) -> list[Figures]:
        measured = Measured(self._samples, self._rests, self._plan.disturbed_above)
        return [measured.figures(variant) for variant in measured.variants()]

    def _notes(self) -> list[str]:
        plan, when = self._plan, time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
        return [
            f"{when}, {cpu_model()}, Linux {platform.release()}; medians of {plan.rounds} rounds; "
            f"proxy on CPU {PROXY_CPU}, upstream and clients, in C, on CPU {RIG_CPU}",
            f"requests: {STREAMS} connections, not streamed; streams: {STREAMS} at {TOKENS_PER_S} tokens/s, "
            f"answers of {plan.tokens} tokens, 8 kB bodies, token counts cached",
            f"all streams open: {plan.held} of them; idle: {plan.idle_s:g} s after the loads; "
            "two readers of the activity feed, in C, are connected to green-proxy all the time",
            self._count_note(),
            *(
                f"{rest.variant}: {steps_seen(rest.counted)}"
                for rest in self._rests
                if rest.variant in (ON, OFF)
            ),
        ]

    def _count_note(self) -> str:
        if self._faults():
            return "the upstream's counts and the clients' do not agree"
        asked = sum(sample.seen.asked for sample in self._samples)
        return f"each of {asked} requests had a text of its own and became one generation, of that text"

    def _write_json(self) -> None:
        whole = {
            "notes": self._notes(),
            "faults": self._faults(),
            "plan": asdict(self._plan),
            "samples": [asdict(sample) for sample in self._samples],
            "rests": [asdict(rest) for rest in self._rests],
            "figures": [asdict(row) for row in self._rows()],
        }
        (self._folder / "result.json").write_text(json.dumps(whole, indent=1))


def cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(
        (line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine()
    )


def end(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    options = read_options()
    if not {PROXY_CPU, RIG_CPU} <= os.sched_getaffinity(0):
        print("bench-proxy needs CPUs 0 and 1: one for the proxy, one for all else", file=sys.stderr)
        return 2
    os.sched_setaffinity(0, {RIG_CPU})
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, end)
    benchmark = Benchmark(options)
    try:
        return benchmark.profile() if options.profile else benchmark.run()
    except FailedError as error:
        print(f"bench-proxy: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench-proxy: stopped; nothing is left running", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
