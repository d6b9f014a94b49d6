# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Energy by phase, from green-telemetry's receipts of the requests that ended in a window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from green_common.errors import UnavailableError
from green_common.history import Query, read_history
from green_qwen.bench.run import Phases
from green_qwen.demo.books import entries_in, receipts_in

# A receipt may be gathered with others, and is written when its joules are settled.
WRITTEN_WITHIN_S = 3.0


def phases_of(receipts: Iterable[Mapping[str, Any]], since_s: float, until_s: float) -> Phases | None:
    """Of those that ended between these Unix times; None without any."""
    ended = [receipt for receipt in receipts if since_s < float(receipt.get("ended_at") or 0.0) <= until_s]
    if not ended:
        return None
    wasted = [one for one in ended if one.get("thrown_away") or one.get("outcome") != "finished"]
    # What an earlier generation of an answered request took, whose place a newer one has taken.
    superseded_j = sum(_joules(one, "superseded_j") for one in ended if one not in wasted)
    return Phases(
        queued_j=_sum(ended, "energy_queued_j"),
        loading_j=_sum(ended, "energy_loading_j"),
        prefill_j=_sum(ended, "energy_prefill_j"),
        decode_j=_sum(ended, "energy_decode_j"),
        baseline_j=_sum(ended, "baseline_share_j"),
        wasted_j=_sum(wasted, "energy_j") + superseded_j,
        receipts=len(ended),
    )


def receipts_in_log(log: Path) -> list[dict[str, Any]]:
    """Of a green-telemetry that bench started itself."""
    return [receipt for entry in entries_in(log) for receipt in receipts_in(entry)]


def receipts_in_journal(since_s: float, until_s: float) -> list[dict[str, Any]]:
    """Of the one that runs here; none where there is no journal, or this user may not read it."""
    query = Query(("receipt",), since_s, until_s + WRITTEN_WITHIN_S)
    try:
        return list(read_history(query))
    except UnavailableError:
        return []


def _sum(receipts: Iterable[Mapping[str, Any]], name: str) -> float:
    return sum(_joules(receipt, name) for receipt in receipts)


def _joules(receipt: Mapping[str, Any], name: str) -> float:
    value = receipt.get(name)
    return float(value) if isinstance(value, int | float) else 0.0
