# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The words of green-telemetry's snapshots and of green-proxy's status, as parts of a view."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from green_qwen.terminal.plain import plain
from green_qwen.top.traces import Point, spread
from green_qwen.top.view import Cached, GpuPart, ProxyPart, Running

Fields = Mapping[str, Any]
# What a part of a GPU takes over under the name that it has in a snapshot.
_TOLD = tuple(one.name for one in dataclasses.fields(GpuPart))


def gpu_part(fields: Fields, points: Sequence[Point], now_s: float) -> GpuPart:
    """As told; mean and deviation by the readings seen here where nobody tells them yet."""
    told = {name: fields[name] for name in _TOLD if name in fields}
    told["index"], told["uuid"] = fields.get("gpu", 0), str(fields.get("gpu_uuid", ""))
    told["name"] = plain(fields.get("name", ""))
    told["trace"] = tuple(points)
    if told.get("power_mean_w") is not None:
        told["over_s"] = 60.0
    elif (seen := spread(points, now_s)) is not None:
        told["power_mean_w"], told["power_deviation_w"], told["over_s"] = seen
    return GpuPart(**told)


def running_parts(snapshot: Fields, power_w: float | None) -> tuple[Running, ...]:
    """The oldest first; each has an equal part of the power, as far as anybody can tell before its end."""
    in_flight = snapshot.get("in_flight") or 1
    part_w = (power_w or 0.0) / in_flight
    return tuple(_running(fields, part_w) for fields in snapshot.get("generations", ()))


def _running(fields: Fields, part_w: float) -> Running:
    requests, speed = fields.get("requests") or (fields.get("generation", ""),), fields.get("tokens_per_s")
    client = fields.get("client")
    return Running(
        request=plain(requests[0]) + (f" +{len(requests) - 1}" if len(requests) > 1 else ""),
        client=None if client is None else plain(client),
        model=plain(fields.get("model", "")),
        phase=plain(fields.get("phase", "")),
        age_s=fields.get("age_s", 0.0),
        tokens=fields.get("tokens", 0),
        tokens_per_s=speed,
        tokens_per_s_per_w=speed / part_w if speed is not None and part_w > 0 else None,
        energy_j=fields.get("energy_j"),
    )


def proxy_part(status: Fields) -> ProxyPart:
    """Raises KeyError, TypeError, AttributeError where it is no green-proxy's."""
    counts, trouble = status["counts"], status.get("upstream_trouble")
    return ProxyPart(
        waiting=int(counts["waiting"]),
        running=int(counts["running"]),
        slots=status.get("slots"),
        expected_wait_s=float(status["expected_wait_s"]),
        shared_answers=int(counts["merged_identical_total"]),
        trouble=plain(trouble) if trouble else None,
    )


def cached_part(receipts: Iterable[Fields]) -> Cached | None:
    """None where the model server tells nothing of its cache."""
    told = [
        (receipt["prompt_tokens"], receipt["cached_tokens"])
        for receipt in receipts
        if receipt.get("cached_tokens") is not None and receipt.get("prompt_tokens")
    ]
    if not told:
        return None
    return Cached(sum(prompt for prompt, _ in told), sum(cached for _, cached in told), len(told))
