# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A recording's joules, divided again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from replay import replayed, sample_of

GPU = "GPU-1"


def feed(at_s: float, number: int, kind: str, **fields: Any) -> dict[str, Any]:
    message = {"v": 1, "n": number, "t_s": at_s, "type": kind, **fields}
    return {"kind": "feed", "received_s": at_s, "message": message}


def sample(at_s: float, counter_j: float, power_w: float, *, busy: bool) -> dict[str, Any]:
    return {
        "kind": "sample",
        "gpu": GPU,
        "why": "beat",
        "before_s": at_s,
        "after_s": at_s,
        "counter_j": counter_j,
        "power_w": power_w,
        "gpu_percent": 100 if busy else 0,
        "sm_clock_mhz": 1980,
    }


def recording() -> list[dict[str, Any]]:
    """Twenty seconds of rest at 100 W, one request of ten at 500 W, ten of rest."""
    entries: list[dict[str, Any]] = [
        {"kind": "gpu", "gpu": GPU, "name": "a card", "power_limit_w": 700.0, "power_is_instant": True}
    ]
    energy_j = 1000.0
    for beat in range(80):
        at_s = 1000 + beat / 2
        busy = 20 <= beat / 2 < 30
        entries.append(sample(at_s, energy_j, 500.0 if busy else 100.0, busy=busy))
        energy_j += 250.0 if busy else 50.0
        entries += REQUEST.get(beat, [])
    return entries


REQUEST = {
    40: [
        feed(1020.0, 1, "hello", accepted=0, in_flight=0),
        feed(1020.0, 2, "forwarded", generation="g", requests=["r"], model="m"),
        feed(1020.2, 3, "first_token", generation="g"),
    ],
    59: [
        feed(
            1030.0,
            4,
            "finished",
            generation="g",
            requests=["r"],
            model="m",
            status=200,
            prompt_tokens=100,
            output_tokens=800,
        )
    ],
}


def test_a_request_alone_gets_what_was_drawn_above_rest(tmp_path: Path) -> None:
    """Ten seconds at 400 W more, as green-telemetry would have written it."""
    path = tmp_path / "recording.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in recording()))

    entries = replayed(path)[GPU]

    receipts = [entry for entry in entries if entry["event"] == "receipt"]
    assert [receipt["request"] for receipt in receipts] == ["r"]
    assert receipts[0]["energy_j"] == pytest.approx(4000.0, rel=0.02)


def test_fields_that_a_sample_does_not_know_are_passed_over() -> None:
    """A recording may come from another version."""
    one = sample_of({**sample(5.0, 100.0, 120.0, busy=False), "of_another_version": 1})

    assert (one.time_s, one.counter_j) == (5.0, 100.0)
