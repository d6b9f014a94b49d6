# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One load on a simulated GPU of its own, through a green-proxy of its own."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from load import Answered, share
from rig import Rig, free_port

from bench.shaping.steps import Step, settings

MODEL = "qwen3:32b"
UP_WITHIN_S = 30.0
SLOTS = "16"


@dataclass(frozen=True, slots=True)
class Trial:
    """A load under one setting; joules are the simulated card's, its rest included."""

    step: str
    load: str
    on: bool
    answers: int
    took_s: float
    energy_j: float
    latency_p95_s: float
    tokens: int
    loads: int
    counts: dict[str, float]

    @property
    def joules_per_answer(self) -> float:
        return self.energy_j / self.answers


def run(step: Step, *, on: bool) -> Trial:
    with tempfile.TemporaryDirectory(prefix="green-bench-") as folder, Rig(Path(folder)) as rig:
        upstream = _start_simulation(rig, step.simulation)
        proxy = _start_proxy(rig, upstream, settings(step, on=on))
        return asyncio.run(_measured(step, upstream, proxy, on=on))


async def _measured(step: Step, upstream: str, proxy: str, *, on: bool) -> Trial:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=proxy, timeout=600, limits=limits, trust_env=False) as client:
        # The model is in memory before the load begins, as on a server that is in use.
        warm = {"model": MODEL, "prompt": "", "stream": False}
        (await client.post("/api/generate", json=warm)).raise_for_status()
        before, start_s = await _truth(client, upstream), time.monotonic()
        answered = await step.habit(client, MODEL)
        took_s, after = time.monotonic() - start_s, await _truth(client, upstream)
        counts = (await client.get("/-/status")).json()["counts"]
    return _trial(step, answered, took_s, (before, after), counts, on=on)


def _trial(
    step: Step,
    answered: Sequence[Answered],
    took_s: float,
    truths: tuple[dict[str, Any], dict[str, Any]],
    counts: dict[str, float],
    *,
    on: bool,
) -> Trial:
    before, after = truths
    jobs = after["requests"][len(before["requests"]) :]
    return Trial(
        step=step.name,
        load=step.load,
        on=on,
        answers=len(answered),
        took_s=took_s,
        energy_j=after["energy_j"] - before["energy_j"],
        latency_p95_s=share([one.latency_s for one in answered], 0.95),
        # What the card computed: cached parts of prompts cost it nothing.
        tokens=sum(job["prefilled_tokens"] + job["generated_tokens"] for job in jobs),
        loads=sum(job["load_j"] > 0 for job in jobs),
        counts={name: count for name, count in counts.items() if count},
    )


async def _truth(client: httpx.AsyncClient, upstream: str) -> dict[str, Any]:
    cards = (await client.get(f"{upstream}/sim/gpu")).json()["gpus"]
    requests = (await client.get(f"{upstream}/sim/requests")).json()["requests"]
    return {"energy_j": cards[0]["energy_j"], "requests": requests}


def _start_simulation(rig: Rig, options: Sequence[str]) -> str:
    url = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "green_sim", "--listen", url, "--parallel", SLOTS]
    rig.start("sim.log", [*command, "--gpu-socket", str(rig.output("gpu.sock")), *options])
    rig.wait_for_http("sim.log", f"http://{url}/api/version", UP_WITHIN_S)
    return f"http://{url}"


def _start_proxy(rig: Rig, upstream: str, shaping: dict[str, str]) -> str:
    url = f"127.0.0.1:{free_port()}"
    environ = {
        "GREEN_PROXY_LISTEN": url,
        "GREEN_PROXY_GATEWAY": "",
        "GREEN_PROXY_UPSTREAM": upstream,
        "GREEN_FEED_SOCKET": str(rig.output("activity.sock")),
        **shaping,
    }
    rig.start("proxy.log", [sys.executable, "-m", "green_proxy"], environ)
    rig.wait_for_http("proxy.log", f"http://{url}/-/readyz", UP_WITHIN_S)
    return f"http://{url}"
