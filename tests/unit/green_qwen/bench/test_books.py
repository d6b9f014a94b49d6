# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Energy by phase from receipts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from green_qwen.bench.books import phases_of, receipts_in_log


def receipt(ended_at: float, outcome: str = "finished", **fields: Any) -> dict[str, Any]:
    joules = {"energy_j": 10.0, "energy_prefill_j": 3.0, "energy_decode_j": 7.0, "baseline_share_j": 2.0}
    return {"event": "receipt", "outcome": outcome, "ended_at": ended_at, **joules, **fields}


def test_those_that_ended_in_the_window_add_up() -> None:
    """One before and one after it do not count."""
    phases = phases_of([receipt(at_s) for at_s in (99.0, 101.0, 102.0, 111.0)], 100.0, 110.0)

    assert phases is not None
    assert (phases.prefill_j, phases.decode_j, phases.baseline_j, phases.receipts) == (6.0, 14.0, 4.0, 2)
    assert phases.wasted_j == 0.0


def test_what_nobody_got_is_wasted() -> None:
    """Cancelled, thrown away, and the part of an answer that a newer one took the place of."""
    receipts = [
        receipt(101.0, "cancelled"),
        receipt(102.0, thrown_away="failed"),
        receipt(103.0, superseded_j=4.0),
        receipt(104.0),
    ]

    phases = phases_of(receipts, 100.0, 110.0)

    assert phases is not None
    assert phases.wasted_j == pytest.approx(24.0)


def test_without_receipts_there_are_no_phases() -> None:
    """Not zero joules."""
    assert phases_of([], 100.0, 110.0) is None


def test_a_log_holds_receipts_alone_and_gathered(tmp_path: Path) -> None:
    """Beside lines that are none."""
    log = tmp_path / "log"
    gathered = {"event": "receipts", "receipts": [receipt(2.0), receipt(3.0)]}
    log.write_text("\n".join(["started", json.dumps(receipt(1.0)), json.dumps(gathered)]))

    assert [one["ended_at"] for one in receipts_in_log(log)] == [1.0, 2.0, 3.0]
