# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`/sim/...`: the truth about the simulation, for tests and the demo to look at from outside."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from green_common.errors import UsageError
from green_sim.clockwork import Clockwork
from green_sim.engine.job import Job
from green_sim.gpu.card import NAME, Card, ClockRange, Process
from green_sim.gpu.faults import parse_faults
from green_sim.ollama.body import ApiError, Body, read_body


class TruthApi:
    """Reads what really happened, and switches faults and foreign processes."""

    def __init__(self, clockwork: Clockwork) -> None:
        self._clockwork = clockwork

    def routes(self) -> list[Route]:
        """The endpoints."""
        return [
            Route("/sim/gpu", self.gpu),
            Route("/sim/requests", self.requests),
            Route("/sim/faults", self.faults),
            Route("/sim/faults", self.set_faults, methods=["POST"]),
            Route("/sim/processes", self.set_process, methods=["POST"]),
        ]

    async def gpu(self, _request: Request) -> JSONResponse:
        """The GPUs as they truly are now, with all clock changes that reached them."""
        cards = self._clockwork.machine.cards
        return JSONResponse({**self._head(), "gpus": [_card(card) for card in cards]})

    async def requests(self, _request: Request) -> JSONResponse:
        """The last 1000 generations with their true joules, oldest first."""
        head = self._head()
        jobs = self._clockwork.machine.server.recent
        return JSONResponse({**head, "requests": [_job(job) for job in jobs]})

    async def faults(self, _request: Request) -> JSONResponse:
        """The faults that are on."""
        return JSONResponse({**self._head(), "faults": sorted(self._clockwork.machine.faults.names)})

    async def set_faults(self, request: Request) -> JSONResponse:
        """Replace the faults: `{"faults": ["gpu-lost:0"]}`; an empty list mends everything."""
        names = (await read_body(request)).raw("faults")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ApiError(400, "'faults' has to be a list of names")
        try:
            self._clockwork.set_faults(parse_faults(names))
        except UsageError as error:
            raise ApiError(400, str(error)) from error
        return await self.faults(request)

    async def set_process(self, request: Request) -> JSONResponse:
        """
        Somebody else's process: `{"pid", "memory_bytes", "power_w", "gpu"}`; without memory it is gone.

        `gpu` is the index of its card, the first where none is named.
        """
        body = await read_body(request)
        pid, memory_bytes = body.whole("pid"), body.whole("memory_bytes") or 0
        if pid is None or pid <= 0:
            raise ApiError(400, "'pid' has to be a positive whole number")
        process = Process(memory_bytes, _power_w(body)) if memory_bytes > 0 else None
        index = body.whole("gpu") or 0
        if not 0 <= index < len(self._clockwork.machine.cards):
            raise ApiError(400, "'gpu' has to be the index of a card")
        self._clockwork.set_foreign(pid, process, index)
        return await self.gpu(request)

    def _head(self) -> dict[str, Any]:
        now_s = self._clockwork.now_s()
        self._clockwork.machine.advance(now_s)
        return {"simulated": True, "now_monotonic_s": now_s}


def _power_w(body: Body) -> float:
    value = body.raw("power_w")
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 700:
        raise ApiError(400, "'power_w' has to be a number from 0 to 700")
    return float(value)


def _card(card: Card) -> dict[str, Any]:
    return {
        "index": card.index,
        "uuid": card.uuid,
        "name": NAME,
        "phase": card.work.phase.value,
        "batch": card.work.batch,
        "power_w": card.power_w,
        "energy_j": card.energy_j,
        "sm_clock_mhz": card.clock.sm_mhz,
        "memory_clock_mhz": card.clock.memory_mhz,
        "locked_sm_clocks_mhz": _range(card.sm_lock),
        "locked_memory_clocks_mhz": _range(card.memory_lock),
        "temperature_c": card.temperature_c,
        "memory_used_bytes": card.memory_used_bytes,
        "pids": list(card.processes),
        "published": asdict(card.sensors.published),
        "history": [asdict(change) for change in card.history],
    }


def _range(lock: ClockRange | None) -> list[int] | None:
    return None if lock is None else [lock.low_mhz, lock.high_mhz]


def _job(job: Job) -> dict[str, Any]:
    return {
        "number": job.number,
        "request_id": job.order.request_id,
        "route": job.order.route,
        "model": job.order.runner.model,
        "stage": job.stage.value,
        "done_reason": job.done_reason if job.over else None,
        "arrived_monotonic_s": job.arrived_s,
        "scheduled_monotonic_s": job.scheduled_s,
        "slot_monotonic_s": job.slot_s,
        "prompt_began_monotonic_s": job.prompt_began_s,
        "first_token_monotonic_s": job.first_token_s,
        "ended_monotonic_s": job.ended_s,
        "sm_clock_at_arrival_mhz": job.sm_clock_at_arrival_mhz,
        "sm_locked_at_arrival": job.sm_locked_at_arrival,
        "prompt_tokens": job.prompt_tokens,
        "cached_tokens": job.cached_tokens,
        "prefilled_tokens": job.prefilled_tokens,
        "generated_tokens": job.generated_tokens,
        **asdict(job.cost),
    }
