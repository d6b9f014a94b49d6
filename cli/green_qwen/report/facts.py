# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
What a report counts: receipts and windows, checked, in whole millijoules so that sums are exact.

Entries of every version since the first are read: what a version did not write yet is not known, and what
can't be is Damaged, which is counted and said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

PHASES = ("queued", "loading", "prefill", "decode")
# What of a generation's joules no phase is known for.
UNPHASED = "phase not known"
# Beyond any machine in any year: such a number is a damaged one.
_MOST = 1e15
# Each of the four phases is rounded by itself.
ROUNDING_MJ = 3
# Why nobody got an answer, as green-telemetry says it.
REASONS = ("cancelled", "superseded", "failed", "retried", "load aborted")
OTHER_REASON = "other"


class Damaged(ValueError):
    """An entry that says it is one of ours and can't be read as such."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One request; joules above the baseline, None where they were not measured."""

    at_s: float
    machine: str
    simulated: bool
    model: str
    client: str
    answered: bool
    partial: bool
    provisional: bool
    energy_mj: int | None
    phases_mj: Mapping[str, int]
    baseline_share_mj: int
    thrown_away: Mapping[str, int]
    prompt_tokens: int
    cached_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Window:
    """One GPU between two readings of its counter."""

    first_s: float
    last_s: float
    covered_s: float
    machine: str
    gpu_uuid: str
    simulated: bool
    provisional: bool
    energy_mj: int
    accounts_mj: Mapping[str, int]
    counter_first_mj: int | None
    counter_last_mj: int | None
    gaps: int


def receipt_of(entry: Mapping[str, Any], machine: str) -> Receipt:
    """Raises Damaged."""
    # Where the field of figures can't be read, it is still the text that it was.
    if not _text(entry, "request") or "receipt" in entry:
        raise Damaged("receipt")
    energy_mj = _mj(entry, "energy_j")
    answered = _text(entry, "outcome") == "finished"
    return Receipt(
        at_s=_number(entry, "ended_at") or _at_s(entry),
        machine=machine,
        simulated=entry.get("simulated") is True,
        model=_text(entry, "model"),
        client=_text(entry, "client"),
        answered=answered,
        partial=entry.get("partial") is True,
        provisional=entry.get("baseline_provisional") is True,
        energy_mj=energy_mj,
        phases_mj=_phases({phase: _mj(entry, f"energy_{phase}_j") for phase in PHASES}, energy_mj or 0),
        baseline_share_mj=_mj(entry, "baseline_share_j") or 0,
        thrown_away=_thrown_away(entry, energy_mj or 0),
        prompt_tokens=_count(entry, "prompt_tokens"),
        cached_tokens=_count(entry, "cached_tokens"),
        output_tokens=_count(entry, "output_tokens"),
    )


def window_of(entry: Mapping[str, Any], machine: str) -> Window:
    """Raises Damaged."""
    covered_s = _needed(_number(entry, "duration_s"))
    first_s = _wall_s(entry, covered_s)
    generations_mj = _mj(entry, "generations_j") or 0
    accounts_mj = {
        "baseline": _needed(_mj(entry, "baseline_j")),
        **_phases({phase: _mj(entry, f"{phase}_j") for phase in PHASES}, generations_mj),
        "others": _mj(entry, "others_j") or 0,
        "unattributed": _needed(_mj(entry, "unattributed_j")),
    }
    return Window(
        first_s=first_s,
        last_s=first_s + max(covered_s, _span_s(entry)),
        covered_s=covered_s,
        machine=machine,
        gpu_uuid=_text(entry, "gpu_uuid"),
        simulated=entry.get("simulated") is True,
        provisional=entry.get("baseline_provisional") is True,
        energy_mj=_needed(_mj(entry, "energy_j")),
        accounts_mj=accounts_mj,
        counter_first_mj=_mj(entry, "counter_first_j"),
        counter_last_mj=_mj(entry, "counter_last_j"),
        gaps=_count(entry, "gaps"),
    )


def _phases(parts_mj: Mapping[str, int | None], whole_mj: int) -> dict[str, int]:
    """The parts, which add up to the whole: what rounding leaves goes to the greatest of them."""
    phases = {phase: part_mj for phase, part_mj in parts_mj.items() if part_mj}
    rest_mj = whole_mj - sum(phases.values())
    if not rest_mj:
        return phases
    greatest = max(phases, key=lambda phase: abs(phases[phase]), default=UNPHASED)
    name = greatest if abs(rest_mj) <= ROUNDING_MJ else UNPHASED
    return {**phases, name: phases.get(name, 0) + rest_mj}


def _thrown_away(entry: Mapping[str, Any], energy_mj: int) -> dict[str, int]:
    """All of a request whose answer nobody got; of an answered one what an earlier generation had taken."""
    reason = _text(entry, "thrown_away")
    if reason:
        return {reason if reason in REASONS else OTHER_REASON: energy_mj}
    superseded_mj = _mj(entry, "superseded_j")
    return {"superseded": superseded_mj} if superseded_mj else {}


def _wall_s(entry: Mapping[str, Any], covered_s: float) -> float:
    """When a window began, by the wall clock."""
    start = _text(entry, "start")
    if not start:
        return _at_s(entry) - covered_s
    try:
        return datetime.fromisoformat(start.replace("Z", "+00:00")).timestamp()
    except ValueError as error:
        raise Damaged("start") from error


def _span_s(entry: Mapping[str, Any]) -> float:
    """From the first reading to the last, gaps included."""
    first_s, last_s = _number(entry, "counter_first_at_s"), _number(entry, "counter_last_at_s")
    return 0.0 if first_s is None or last_s is None else last_s - first_s


def _at_s(entry: Mapping[str, Any]) -> float:
    return float(_needed(_number(entry, "at_s")))


def _number(entry: Mapping[str, Any], name: str) -> float | None:
    value = entry.get(name)
    # By type, since True is an int too; NaN is not below anything.
    if (type(value) is float or type(value) is int) and abs(value) < _MOST:
        return value
    if value is None:
        return None
    raise Damaged(name)


def _mj(entry: Mapping[str, Any], name: str) -> int | None:
    joules = entry.get(name)
    # The usual case first: there are eight of them in each of a hundred thousand receipts.
    if type(joules) is float and -_MOST < joules < _MOST:
        return round(joules * 1000)
    number = _number(entry, name)
    return None if number is None else round(number * 1000)


def _count(entry: Mapping[str, Any], name: str) -> int:
    count = _number(entry, name) or 0
    if count < 0:
        raise Damaged(name)
    return int(count)


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    if value is not None and not isinstance(value, str):
        raise Damaged(name)
    return value or ""


def _needed(value: Any) -> Any:
    if value is None:
        raise Damaged("missing")
    return value
