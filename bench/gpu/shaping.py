#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
What each step of green-proxy saves on a real GPU: the same load with the step off, then on, then both again.

Beside it: what one load of the model costs. Joules are those of the whole GPU, rest included, by the energy
counter that counter.py reads; every run begins after a rest and ends with its last answer. Nothing here
writes to the GPU. Expects green-qwen's packages on PYTHONPATH.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from habits import EXPERIMENTS, TURNS, Experiment, long_dialogues
from load import Answered, share
from rig import Rig, free_port
from witness import Witness, witnesses_of

HERE = Path(__file__).parent
SERVER_WITHIN_S, PROXY_WITHIN_S = 240.0, 30.0
REST_S, WARM_UP_S, LAST_READING_S = 5.0, 4.0, 2.5
SWITCHES = ("pin", "cap", "merge", "trim", "admit")


@dataclass(frozen=True, slots=True)
class Run:
    """One load under one setting; times are on the monotonic clock."""

    experiment: str
    on: bool
    start_s: float
    end_s: float
    answers: int
    latency_p50_s: float
    latency_p95_s: float
    first_token_p95_s: float
    counts: dict[str, float]


def run_of(
    experiment: Experiment,
    answered: Sequence[Answered],
    start_s: float,
    *,
    on: bool,
    counts: dict[str, float],
) -> Run:
    latencies_s = [one.latency_s for one in answered]
    return Run(
        experiment=experiment.name,
        on=on,
        start_s=start_s,
        end_s=time.monotonic(),
        answers=len(answered),
        latency_p50_s=share(latencies_s, 0.5),
        latency_p95_s=share(latencies_s, 0.95),
        first_token_p95_s=share([one.wait_s for one in answered], 0.95),
        counts=counts,
    )


class Comparison:
    """Each load with its step off and on, each time on a server that remembers nothing."""

    def __init__(self, given: argparse.Namespace, rig: Rig) -> None:
        self._given = given
        self._rig = rig
        self._experiments = [one for one in EXPERIMENTS if not given.only or one.switch in given.only]
        self._began_s = time.monotonic()
        self.load_times_s = (0.0, 0.0)
        self.runs: list[Run] = []

    def measure(self) -> None:
        self._rig.start("witness.log", [sys.executable, str(HERE / "counter.py"), str(self.witness_file)])
        time.sleep(REST_S)
        for _ in range(self._given.rounds):
            for experiment in self._experiments:
                for on in (False, True):
                    self.runs.append(self._run(experiment, on=on))
                    self._say(json.dumps(asdict(self.runs[-1])))
        time.sleep(LAST_READING_S)

    @property
    def witness_file(self) -> Path:
        return self._rig.output("witness.jsonl")

    def _start_server(self) -> str:
        port, start_s = free_port(), time.monotonic()
        command = [self._given.server, "-m", self._given.model, "--host", "127.0.0.1", "--port", str(port)]
        self._rig.start("server.log", [*command, *shlex.split(self._given.server_options)])
        self._rig.wait_for_http("server.log", f"http://127.0.0.1:{port}/health", SERVER_WITHIN_S)
        if not self.runs:
            self.load_times_s = (start_s, time.monotonic())
        self._say("the model server is up")
        return f"http://127.0.0.1:{port}"

    def _run(self, experiment: Experiment, *, on: bool) -> Run:
        # A prompt cache full of the run before made the next one rest for minutes.
        upstream = self._given.upstream or self._start_server()
        url = self._start_proxy(upstream, experiment.switch if on else None)
        try:
            time.sleep(WARM_UP_S + REST_S)
            start_s = time.monotonic()
            answered = asyncio.run(self._live(experiment, url))
            return run_of(experiment, answered, start_s, on=on, counts=_counts(url))
        finally:
            self._rig.stop("proxy.jsonl")
            if not self._given.upstream:
                self._rig.stop("server.log")

    async def _live(self, experiment: Experiment, url: str) -> list[Answered]:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=url, timeout=600, limits=limits) as client:
            if experiment.habit is long_dialogues:
                return await long_dialogues(client, self._given.model_name, self._given.turns)
            return await experiment.habit(client, self._given.model_name)

    def _start_proxy(self, upstream: str, switch: str | None) -> str:
        port = free_port()
        folder = Path(self._given.run_folder)
        folder.mkdir(parents=True, exist_ok=True)
        environ = {
            "GREEN_PROXY_LISTEN": f"127.0.0.1:{port}",
            "GREEN_PROXY_GATEWAY": "",
            "GREEN_PROXY_UPSTREAM": upstream,
            "GREEN_FEED_SOCKET": str(folder / "activity.sock"),
            "GREEN_LOG_FORMAT": "json",
            **{f"GREEN_SHAPING_{name.upper()}": str(name == switch).lower() for name in SWITCHES},
        }
        self._rig.start("proxy.jsonl", [sys.executable, "-m", "green_proxy"], environ)
        self._rig.wait_for_line("proxy.jsonl", '"daemon.ready"', PROXY_WITHIN_S)
        return f"http://127.0.0.1:{port}"

    def _say(self, text: str) -> None:
        print(f"[{time.monotonic() - self._began_s:.0f} s] {text}", flush=True)


def _counts(url: str) -> dict[str, float]:
    counts: dict[str, float] = httpx.get(f"{url}/-/status").json()["counts"]
    return {name: count for name, count in counts.items() if count}


def energy_j(witness: Witness, start_s: float, end_s: float) -> float:
    return witness.at(end_s).energy_j - witness.at(start_s).energy_j


def table(runs: Sequence[Run], witness: Witness) -> Iterator[str]:
    yield "| load | step | answers | s | J | J an answer | latency P50 s | P95 s | first token P95 s |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|--:|"
    for run in runs:
        spent_j = energy_j(witness, run.start_s, run.end_s)
        row = f"| {run.experiment} | {'on' if run.on else 'off'} | {run.answers} "
        row += f"| {run.end_s - run.start_s:.1f} | {spent_j:.0f} | {spent_j / run.answers:.1f} "
        yield row + f"| {run.latency_p50_s:.2f} | {run.latency_p95_s:.2f} | {run.first_token_p95_s:.2f} |"


def report(comparison: Comparison) -> Iterator[str]:
    yield time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    for gpu, witness in witnesses_of(comparison.witness_file.read_text().splitlines()).items():
        yield gpu
        yield from table(comparison.runs, witness)
        start_s, end_s = comparison.load_times_s
        if end_s:
            rest_w = energy_j(witness, start_s - REST_S + 1, start_s) / (REST_S - 1)
            load_j = energy_j(witness, start_s, end_s)
            yield (
                f"one load: {load_j:.0f} J in {end_s - start_s:.1f} s, "
                f"{load_j - rest_w * (end_s - start_s):.0f} J above the rest before it ({rest_w:.1f} W)"
            )


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for what was measured")
    parser.add_argument("--server", help="llama-server, started for the measurement")
    parser.add_argument("--model", help="its GGUF")
    parser.add_argument(
        "--server-options", default="-ngl 99 -fa on -np 16 -c 131072 --jinja", help="as one argument"
    )
    parser.add_argument("--upstream", help="a server that runs already, instead of --server and --model")
    parser.add_argument("--model-name", default="qwen3-32b-random", help="the name that requests carry")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--turns", type=int, default=TURNS, help="of each long conversation")
    switches = [one.switch for one in EXPERIMENTS]
    parser.add_argument("--only", choices=switches, action="append", help="this step alone; may be repeated")
    parser.add_argument("--run-folder", default="/tmp/green-bench", help="for the feed's socket")  # noqa: S108
    given = parser.parse_args()
    if not given.upstream and not (given.server and given.model):
        parser.error("name --server and --model, or a running server with --upstream")
    return given


def main() -> None:
    given = parse_arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    with Rig(given.out) as rig:
        comparison = Comparison(given, rig)
        comparison.measure()
    text = "\n".join(report(comparison))
    (given.out / "report.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
