# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a measurement was taken on, and why two of them can't be compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from green_qwen.bench import request_fields
from green_qwen.bench.run import Run

# Held down for heat or by the hardware; a power limit is a setting, and compared as such.
HEAT_AND_HARDWARE = ("hardware_slowdown", "thermal_slowdown", "hardware_thermal_slowdown", "power_brake")


@dataclass(frozen=True, slots=True)
class Load:
    """Which load: two of the same values are the same load."""

    clients: int
    seed: int
    dialogues: int | None
    window_s: float | None
    kind: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    The machine and the model of a measurement.

    `digest` is the model server's own for the model, '' where it tells none. `others` are processes that
    computed on the GPU and are not the model server's. `busy` says that the GPU worked before there was a
    load. `request_fields` are what --fields said, as JSON; None where an earlier version did not save them.
    """

    simulated: bool
    driver: str
    gpus: tuple[str, ...]
    gpu_uuids: tuple[str, ...]
    power_limits_w: tuple[float, ...]
    model: str
    digest: str
    server: str
    load: Load
    others: tuple[str, ...] = ()
    busy: bool = False
    request_fields: str | None = None


def surroundings_from(saved: Mapping[str, Any]) -> Surroundings:
    """Raises TypeError or KeyError where it is none."""
    lists = {name: tuple(saved[name]) for name in ("gpus", "gpu_uuids", "power_limits_w", "others")}
    told = _fields_from(saved.get("request_fields"))
    return Surroundings(**{**saved, **lists, "load": Load(**saved["load"]), "request_fields": told})


def _fields_from(saved: object) -> str | None:
    if saved is not None and not isinstance(saved, dict):
        raise TypeError("request_fields is not an object")
    return None if saved is None else request_fields.text_of(saved)


def saved_form(surroundings: Surroundings) -> dict[str, Any]:
    told = surroundings.request_fields
    return {**asdict(surroundings), "request_fields": None if told is None else json.loads(told)}


_SAME = (
    ("simulated", "one is simulated, the other is not"),
    ("driver", "other driver"),
    ("gpus", "other card"),
    ("gpu_uuids", "other card of the same kind"),
    ("power_limits_w", "other power limit"),
    ("model", "other model"),
    ("digest", "other content of the model of that name"),
)


def why_not(one: Surroundings, other: Surroundings) -> Iterator[str]:
    """Each reason for which figures of the two can't stand beside each other."""
    for name, reason in _SAME:
        left, right = getattr(one, name), getattr(other, name)
        if left != right:
            yield f"{reason}: {_shown(left)} and {_shown(right)}"
    for field in fields(Load):
        left, right = getattr(one.load, field.name), getattr(other.load, field.name)
        if left != right:
            yield f"other load: {field.name.replace('_', ' ')} {_shown(left)} and {_shown(right)}"


def why_doubtful(name: str, surroundings: Surroundings, run: Run) -> Iterator[str]:
    """Each reason for which the figures of a run are not those of its arm alone."""
    if surroundings.others:
        yield f"{name}: others computed on the GPU: {', '.join(surroundings.others)}; stop them"
    if surroundings.busy:
        yield (
            f"{name}: the GPU worked before the load began, so it or the model server has other clients; "
            "let them end"
        )
    held = {reason: count for reason, count in run.throttled.items() if reason in HEAT_AND_HARDWARE}
    if held:
        reasons = ", ".join(f"{reason} {count} times" for reason, count in held.items())
        yield f"{name}: the GPU throttled: {reasons}; look at its cooling and its power supply"
    if run.failed > run.answered / 20:
        kinds = ", ".join(f"{kind} {count} times" for kind, count in run.failures.items())
        yield f"{name}: {run.failed} requests failed beside {run.answered} answered ({kinds})"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value) or "unknown"
