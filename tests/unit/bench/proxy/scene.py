# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A benchmark's samples for the tests of what is made of them."""

from __future__ import annotations

from bench.proxy.clients import Seen, Spread
from bench.proxy.counting import Counts
from bench.proxy.plan import CLOSED, STREAMED
from bench.proxy.trial import Rest, Sample
from bench.proxy.usage import Memory

SMALL, LARGE = Memory(40.0, 30.0), Memory(120.0, 100.0)


def seen(*, requests_per_s: float = 0.0, tokens: int = 0, first_token_ms: float | None = None) -> Seen:
    spread = None if first_token_ms is None else Spread(200, first_token_ms, first_token_ms * 2, 9.0)
    return Seen(
        asked=100,
        answered=100,
        errors=0,
        first_number=0,
        tokens=tokens,
        took_s=1.0,
        requests_per_s=requests_per_s,
        request_bytes=500,
        latency=None,
        first_token=spread,
        gap=None,
        transit=spread,
    )


def sample(
    variant: str, task: str, saw: Seen, *, round_number: int = 1, cpu_s: float = 0.0, disturbed: float = 0.0
) -> Sample:
    return Sample(
        variant=variant,
        task=task,
        round=round_number,
        seen=saw,
        proxy_cpu_s=cpu_s,
        rig_cpu_s=0.5,
        wall_s=1.0,
        disturbed=disturbed,
        tries=2 if disturbed else 1,
        counted=Counts(),
        faults=(),
    )


def closed(variant: str, requests_per_s: float, *, round_number: int = 1) -> Sample:
    return sample(variant, CLOSED, seen(requests_per_s=requests_per_s), round_number=round_number, cpu_s=0.01)


def streamed(variant: str, first_token_ms: float, cpu_s: float, *, round_number: int = 1) -> Sample:
    saw = seen(tokens=1000, first_token_ms=first_token_ms)
    return sample(variant, STREAMED, saw, round_number=round_number, cpu_s=cpu_s)


def rest(variant: str, *, shows: int = 1) -> Rest:
    return Rest(variant, SMALL, LARGE, 0.0004, 1.0, 20.0, Counts(shows=shows))
