# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A receipt as a person reads it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

WIDTH = 12
PHASES = ("queued", "loading", "prefill", "decode")


def sheet_lines(receipt: Mapping[str, Any]) -> list[str]:
    """What is not known is left out, and what makes a figure doubtful is said."""
    return [f"{name:<{WIDTH}}{text}" for name, text in _rows(receipt) if text]


def _rows(receipt: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "request", str(receipt.get("request", ""))
    yield "client", str(receipt.get("client") or "")
    yield "model", str(receipt.get("model", ""))
    yield "outcome", ": ".join(filter(None, (receipt.get("outcome"), receipt.get("reason"))))
    yield "ended", _wall_text(receipt.get("ended_at") or receipt.get("at_s"))
    yield "took", _figure(receipt, "duration_s", " s")
    yield from _energy(receipt)
    yield "tokens", ", ".join(_tokens(receipt))
    yield "measured", ", ".join(_method(receipt))


def _energy(receipt: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if receipt.get("energy_j") is None:
        yield "energy", "not measured: no GPU could be read meanwhile"
        return
    uncertainty = _figure(receipt, "uncertainty_j", " J")
    whole = _figure(receipt, "energy_j", " J")
    yield "energy", f"{whole}{f' ± {uncertainty}' if uncertainty else ''}, above the baseline"
    for phase in PHASES:
        yield f"  {phase}", _figure(receipt, f"energy_{phase}_j", " J")
    share = _figure(receipt, "baseline_share_j", " J")
    yield "baseline", f"{share}, its part of what the GPU draws anyhow" if share else ""
    thrown_away = receipt.get("thrown_away")
    yield "", f"thrown away: {thrown_away}" if thrown_away else ""


def _tokens(receipt: Mapping[str, Any]) -> Iterator[str]:
    if receipt.get("prompt_tokens") is not None:
        cached = receipt.get("cached_tokens")
        yield f"{receipt['prompt_tokens']} read" + (f" ({cached} of them cached)" if cached else "")
    if receipt.get("output_tokens") is not None:
        yield f"{receipt['output_tokens']} written"
    for name, unit in (("tokens_per_s", " tokens/s"), ("tokens_per_s_per_w", " tokens/s/W")):
        if text := _figure(receipt, name, unit, places=1 if name == "tokens_per_s" else 3):
            yield text


def _method(receipt: Mapping[str, Any]) -> Iterator[str]:
    methods = {"counter": "by the GPU's energy counter", "integrated": "by power over time"}
    method = str(receipt.get("method", ""))
    yield methods.get(method, method)
    if shared := receipt.get("shared"):
        yield f"beside up to {shared} others"
    if (requests := receipt.get("requests") or 1) > 1:
        yield f"an equal part of what {requests} requests shared"
    if receipt.get("partial"):
        yield "not whole"
    if receipt.get("baseline_provisional"):
        yield "the baseline is not learned yet"
    if receipt.get("simulated"):
        yield "simulated"


def _figure(receipt: Mapping[str, Any], name: str, unit: str, *, places: int = 1) -> str:
    value = receipt.get(name)
    return "" if value is None else f"{value:.{places}f}{unit}"


def _wall_text(at_s: float | None) -> str:
    return "" if at_s is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at_s))
