# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The receipt of one request."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from dataclasses import dataclass

from green_telemetry.account import Account
from green_telemetry.phases import DECODE, LOADING, PREFILL, QUEUED, answer_begins_s
from green_telemetry.split import SPLIT
from green_telemetry.timeline import Generation


@dataclass(frozen=True, slots=True)
class Measurement:
    """How the joules were measured; the same for all receipts of the moment."""

    gpu_uuids: tuple[str, ...]
    method: str
    simulated: bool
    # What the monotonic clock lacks to the wall clock.
    wall_offset_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    The energy account of one request.

    Energy is above the baseline, `baseline_share_j` its part of the baseline beside that.
    `tokens_per_s` is output tokens per second of decode. `tokens_per_s_per_w` is output tokens by all
    joules of its time, the baseline share included: so it compares with tokens/s by the GPU's power.
    Joules are None where no GPU could be read meanwhile. `method` is how they were measured, `split` how they
    were divided among generations that ran together. `thrown_away` is why nobody got the answer;
    `superseded_j` is the part of the joules that an earlier generation of the request took, whose place a
    newer one has taken. `ended_at` is the wall clock's, in seconds since 1970.
    """

    request: str
    generation: str
    model: str
    outcome: str
    reason: str | None
    gpu_uuids: tuple[str, ...]
    energy_j: float | None
    energy_queued_j: float | None
    energy_loading_j: float | None
    energy_prefill_j: float | None
    energy_decode_j: float | None
    uncertainty_j: float | None
    baseline_share_j: float | None
    baseline_provisional: bool
    prompt_tokens: int | None
    output_tokens: int | None
    tokens_counted: bool
    duration_s: float
    tokens_per_s: float | None
    tokens_per_s_per_w: float | None
    shared: int
    requests: int
    partial: bool
    method: str
    simulated: bool
    split: str = SPLIT
    client: str | None = None
    cached_tokens: int | None = None
    thrown_away: str | None = None
    superseded_j: float | None = None
    ended_at: float = 0.0

    @property
    def say(self) -> str:
        """One line for people."""
        figures = [self._energy(), *self._yield()]
        if self.outcome != "finished":
            figures.append(f"{self.outcome}: {self.reason}" if self.reason else self.outcome)
        if self.partial:
            figures.append("partial")
        if self.simulated:
            figures.append("simulated")
        return f"receipt {self.request} {self.model}: {', '.join(figures)}"

    def _energy(self) -> str:
        if self.energy_j is None:
            return "energy not measured"
        shown = (
            ("queued", self.energy_queued_j, 0.05),
            ("loading", self.energy_loading_j, 0.05),
            ("prefill", self.energy_prefill_j, 0.0),
            ("decode", self.energy_decode_j, 0.0),
        )
        parts = [f"{name} {joules:.1f}" for name, joules, least_j in shown if abs(joules or 0.0) >= least_j]
        return f"{self.energy_j:.1f} J ±{self.uncertainty_j:.1f} J ({', '.join(parts)})"

    def _yield(self) -> Iterator[str]:
        if self.output_tokens is not None:
            yield f"{self.output_tokens} tokens"
        if self.tokens_per_s is not None:
            yield f"{self.tokens_per_s:.1f} tokens/s"
        if self.tokens_per_s_per_w is not None:
            yield f"{self.tokens_per_s_per_w:.3f} tokens/s/W"


def write_receipts(generation: Generation, account: Account, measured: Measurement) -> Iterator[Receipt]:
    """One receipt for each request of an ended generation; requests that shared it share it equally."""
    account.settle_guesses(generation)
    requests = generation.requests or (generation.id,)
    equal = _equal_part(generation, account, measured, len(requests))
    for request in requests:
        reason = generation.cancelled.get(request)
        outcome = "cancelled" if reason else generation.outcome
        yield dataclasses.replace(equal, request=request, outcome=outcome, reason=reason or generation.reason)


def _equal_part(generation: Generation, account: Account, measured: Measurement, requests: int) -> Receipt:
    """All that is the same for each of so many requests."""
    tokens, decode_s = _output_tokens(generation), _decode_s(generation)
    ended_s = generation.ended_s or generation.forwarded_s
    duration_s = ended_s - generation.forwarded_s
    whole_j = account.total_j + account.baseline_share_j
    finished = generation.finished
    share = functools.partial(_share, account.measured, 1 / requests)
    return Receipt(
        request="",
        generation=generation.id,
        model=generation.model,
        outcome=generation.outcome,
        reason=generation.reason,
        gpu_uuids=measured.gpu_uuids,
        energy_j=share(account.total_j),
        energy_queued_j=share(account.energy_j[QUEUED]),
        energy_loading_j=share(account.energy_j[LOADING]),
        energy_prefill_j=share(account.energy_j[PREFILL]),
        energy_decode_j=share(account.energy_j[DECODE]),
        uncertainty_j=share(account.uncertainty_j(duration_s)),
        baseline_share_j=share(account.baseline_share_j),
        baseline_provisional=account.provisional,
        prompt_tokens=finished.prompt_tokens if finished else None,
        output_tokens=tokens,
        tokens_counted=finished is None or finished.tokens_counted,
        duration_s=duration_s,
        tokens_per_s=tokens / decode_s if tokens and decode_s else None,
        tokens_per_s_per_w=tokens / whole_j if tokens and whole_j > 0 else None,
        shared=account.most_others,
        requests=requests,
        partial=generation.partial,
        method=measured.method,
        simulated=measured.simulated,
        client=generation.client,
        cached_tokens=finished.cached_tokens if finished else None,
        thrown_away=generation.thrown_away,
        ended_at=measured.wall_offset_s + ended_s,
    )


def _share(measured: bool, part: float, joules: float) -> float | None:
    return joules * part if measured else None


def _output_tokens(generation: Generation) -> int | None:
    finished = generation.finished
    if finished is not None:
        return finished.output_tokens
    return generation.tokens or None


def _decode_s(generation: Generation) -> float | None:
    if generation.finished is not None and generation.finished.decode_s:
        return generation.finished.decode_s
    first_s = answer_begins_s(generation)
    if first_s is None or generation.ended_s is None:
        return None
    return generation.ended_s - first_s
