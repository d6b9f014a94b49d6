#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Where the joules of a served load go: llama-server in one arrangement after another, under the same clients.

Reads the GPU only; starts and stops a server for each arrangement, and green-proxy where it says so.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shlex
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rig import Rig, RigError, cpu_s_of, free_port

from green_common.errors import GreenError
from green_common.gpu import Gpu
from green_common.gpu.nvml import NvmlDriver
from green_qwen.load.clients import Server
from green_qwen.load.dialects import OPENAI
from green_qwen.load.dialogues import Endless, Mix, MixedAuthor
from green_qwen.load.figures import Figures, figures_of
from green_qwen.load.measure import Moment, Plan, measure, rest
from green_qwen.load.meter import Meter

MODEL_NAME = "qwen3-32b-random"
SERVER_WITHIN_S = 120.0
SEED = 32
SHORT = Mix(prompts=((1.0, 30, 200),), characters=True)
MIXED = Mix(characters=True)
PREFIXED = Mix(prefix_tokens=1000, characters=True)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """One way to serve, and what is asked of it."""

    name: str
    options: str
    environ: Mapping[str, str] = field(default_factory=dict)
    mix: Mix = MIXED
    clients: int = 50
    cache: bool = False
    proxy: bool = False


BEST = "-np 50 -c 256000 -bs -ub 2048"
BLAS = {"GREEN_BLAS_FROM": "256"}
ARRANGEMENTS = (
    Arrangement("50 slots, sampling on the GPU, chunks of 2048", BEST),
    Arrangement("prompts worked off by cuBLAS", BEST, BLAS),
    Arrangement("short prompts alone", BEST, mix=SHORT),
    Arrangement("sampling on the CPU", "-np 50 -c 256000 -ub 2048"),
    Arrangement("chunks of 512", "-np 50 -c 256000 -bs"),
    Arrangement("1000 shared tokens before each prompt", BEST, mix=PREFIXED),
    Arrangement("the same, remembered", BEST, mix=PREFIXED, cache=True),
    Arrangement("through green-proxy", BEST, proxy=True),
)


class Trial:
    """One arrangement on the rig, from the server's start to its end."""

    def __init__(self, given: argparse.Namespace, rig: Rig, gpus: Sequence[Gpu]) -> None:
        self._given, self._rig, self._gpus = given, rig, gpus

    def run(self, number: int, arrangement: Arrangement) -> dict[str, object]:
        """Raises RigError or GreenError where the server can't be had in this arrangement."""
        name = f"server-{number}.log"
        address = self._start(name, arrangement)
        try:
            url = self._proxy(number, address) if arrangement.proxy else address
            return asyncio.run(self._measure(name, url, arrangement))
        finally:
            if arrangement.proxy:
                self._rig.stop(f"proxy-{number}.jsonl")
            self._rig.stop(name)

    def _start(self, name: str, arrangement: Arrangement) -> str:
        port = free_port()
        command = [self._given.server, "-m", self._given.model, "--host", "127.0.0.1", "--port", str(port)]
        always = "-ngl 99 -fa on --no-webui"
        command += shlex.split(f"{always} {arrangement.options}")
        self._rig.start(name, command, arrangement.environ)
        self._rig.wait_for_http(name, f"http://127.0.0.1:{port}/health", SERVER_WITHIN_S)
        return f"http://127.0.0.1:{port}"

    def _proxy(self, number: int, upstream: str) -> str:
        port, name = free_port(), f"proxy-{number}.jsonl"
        environ = {
            "GREEN_PROXY_LISTEN": f"127.0.0.1:{port}",
            "GREEN_PROXY_GATEWAY": "",
            "GREEN_PROXY_UPSTREAM": upstream,
            "GREEN_SHAPING_SLOTS": "50",
            "GREEN_FEED_SOCKET": f"{self._given.out.resolve()}/feed-{number}.sock",
            "GREEN_LOG_FORMAT": "json",
        }
        self._rig.start(name, [sys.executable, "-m", "green_proxy"], environ)
        self._rig.wait_for_line(name, '"daemon.ready"', SERVER_WITHIN_S)
        return f"http://127.0.0.1:{port}"

    async def _measure(self, name: str, url: str, arrangement: Arrangement) -> dict[str, object]:
        fields = {"ignore_eos": True, "cache_prompt": arrangement.cache}
        server = Server(url, MODEL_NAME, OPENAI, fields)
        plan = Plan(arrangement.clients, self._given.warm_up_s, self._given.warm_up_s, self._given.window_s)
        meter = Meter(self._gpus)
        async with meter.watching():
            before_s = cpu_s_of(self._rig.pid(name))
            began_s = time.monotonic()
            source, busy = Endless(MixedAuthor(SEED, arrangement.mix)), Busy(self._gpus)
            measured = await measure(server, source, plan, meter, busy.look)
            server_cpu = (cpu_s_of(self._rig.pid(name)) - before_s) / (time.monotonic() - began_s)
            figures = figures_of(measured.record, measured.window, meter.logs, arrangement.clients)
            idle_w = (await rest(meter, self._given.rest_s)).mean_power_w if self._given.rest_s else None
        return row_of(arrangement, figures, server_cpu, busy.percent, idle_w)


class Busy:
    """How much of the window a kernel ran on the GPU, by NVML's utilisation."""

    def __init__(self, gpus: Sequence[Gpu]) -> None:
        self._gpus = gpus
        self._seen: list[int] = []

    def look(self, moment: Moment) -> None:
        if moment.stage == "window":
            self._seen.append(max(gpu.read_utilisation().gpu_percent for gpu in self._gpus))

    @property
    def percent(self) -> float:
        return statistics.fmean(self._seen) if self._seen else float("nan")


def row_of(
    arrangement: Arrangement, figures: Figures, server_cpu: float, busy_percent: float, idle_w: float | None
) -> dict[str, object]:
    return {
        "name": arrangement.name,
        "options": arrangement.options,
        "environ": dict(arrangement.environ),
        "tokens_per_s": round(figures.tokens_per_s, 1),
        "prompt_tokens_per_s": round(figures.prompt_tokens / figures.drawn.duration_s, 1),
        "power_w": round(figures.drawn.mean_power_w, 1),
        "tokens_per_s_per_w": round(figures.tokens_per_joule, 4),
        "joules_per_answer": round(figures.joules_per_answer, 1),
        "answered": figures.answered,
        "failures": dict(figures.failures),
        "latency_p50_s": round(figures.latency_p50.value_s, 2),
        "latency_p95_s": round(figures.latency_p95.value_s, 2),
        "first_token_p95_s": round(figures.first_token_p95.value_s, 2),
        "gap_p95_ms": round(figures.gap_p95_s * 1000, 1),
        "busy_percent": round(busy_percent, 1),
        "server_cores": round(server_cpu, 2),
        "idle_w": idle_w and round(idle_w, 1),
    }


def table(rows: Sequence[Mapping[str, object]]) -> list[str]:
    lines = [
        "| arrangement | tokens/s | prompt tokens/s | GPU works | power | tokens/s per W | latency P95 |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        if "trouble" in row:
            lines.append(f"| {row['name']} | {row['trouble']} | | | | | |")
            continue
        lines.append(
            f"| {row['name']} | {row['tokens_per_s']} | {row['prompt_tokens_per_s']} "
            f"| {row['busy_percent']} % | {row['power_w']} W "
            f"| {row['tokens_per_s_per_w']} | {row['latency_p95_s']} s |"
        )
    return lines


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for what was measured")
    parser.add_argument("--server", required=True, help="llama-server")
    parser.add_argument("--model", required=True, help="its GGUF")
    parser.add_argument("--window-s", type=float, default=15)
    parser.add_argument("--warm-up-s", type=float, default=25)
    parser.add_argument("--rest-s", type=float, default=0, help="measure idle power this long after each")
    parser.add_argument("--only", type=int, nargs="+", help="numbers of arrangements, from 0")
    parser.add_argument("--budget-s", type=float, default=1e9, help="begin no arrangement after this time")
    return parser.parse_args()


def main() -> None:
    given = parse_arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    began_s, rows = time.monotonic(), []
    driver = NvmlDriver()
    with Rig(given.out) as rig, (given.out / "arrangements.jsonl").open("a", buffering=1) as lines:
        trial = Trial(given, rig, driver.open_gpus())
        for number, arrangement in enumerate(ARRANGEMENTS):
            if (given.only and number not in given.only) or time.monotonic() - began_s > given.budget_s:
                continue
            try:
                row = trial.run(number, arrangement)
            except (RigError, GreenError) as error:
                row = {"name": arrangement.name, "trouble": str(error).splitlines()[0]}
            rows.append(row)
            lines.write(json.dumps(row) + "\n")
            print(f"[{time.monotonic() - began_s:.0f} s] {json.dumps(row)}", flush=True)
    driver.close()
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
