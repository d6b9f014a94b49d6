# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Entries as they come from the journal, for tests of what is counted."""

from __future__ import annotations

import json
from typing import Any

from green_common.history import UNIT, Entry

# 2026-03-02 00:00 in Berlin.
START_S = 1772406000.0


def logged(event: str, at_s: float = START_S, unit: str = UNIT, **fields: Any) -> Entry:
    """An entry's fields, as they are in the journal."""
    trusted = {"_SYSTEMD_UNIT": unit, "_MACHINE_ID": "m1", "_HOSTNAME": "gpu1", "GREEN_EVENT": event}
    stamp = {"__REALTIME_TIMESTAMP": str(round(at_s * 1e6))}
    return {**trusted, **stamp, **fields}


def receipt(request: str = "r1", **changes: Any) -> dict[str, Any]:
    """100 J for 40 tokens, and 20 J of the baseline meanwhile."""
    return {
        "request": request,
        "model": "qwen3:32b",
        "client": "anna",
        "outcome": "finished",
        "energy_j": 100.0,
        "energy_prefill_j": 30.0,
        "energy_decode_j": 70.0,
        "baseline_share_j": 20.0,
        "prompt_tokens": 200,
        "output_tokens": 40,
        "ended_at": START_S + 10,
        "simulated": False,
        **changes,
    }


def window(first_s: float = START_S, duration_s: float = 60.0, **changes: Any) -> dict[str, Any]:
    """6000 J: 4800 baseline, 1100 generations, 60 others, 40 unattributed."""
    return {
        "duration_s": duration_s,
        "counter_first_at_s": first_s - START_S,
        "counter_last_at_s": first_s - START_S + duration_s,
        "energy_j": 6000.0,
        "baseline_j": 4800.0,
        "generations_j": 1100.0,
        "prefill_j": 400.0,
        "decode_j": 700.0,
        "others_j": 60.0,
        "unattributed_j": 40.0,
        **changes,
    }


def logged_receipt(at_s: float = START_S + 12, **changes: Any) -> Entry:
    return logged("receipt", at_s, GREEN_RECEIPT=json.dumps(receipt(**changes)))


def logged_window(first_s: float = START_S, duration_s: float = 60.0, **changes: Any) -> Entry:
    figures = json.dumps(window(first_s, duration_s, **changes))
    return logged("window", first_s + duration_s, GREEN_GPU_UUID="GPU-1", GREEN_WINDOW=figures)
