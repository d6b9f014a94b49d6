# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The demo's reading of green-telemetry's log."""

from __future__ import annotations

import json
from pathlib import Path

from green_qwen.demo.books import books_lines


def write_log(path: Path, *entries: dict[str, object]) -> Path:
    path.write_text("\n".join(["a line that is no entry", *map(json.dumps, entries)]))
    return path


def window(first_j: float, last_j: float, generations_j: float) -> dict[str, object]:
    return {
        "event": "window",
        "counter_first_j": first_j,
        "counter_last_j": last_j,
        "generations_j": generations_j,
        "baseline_j": 100.0,
        "unattributed_j": last_j - first_j - generations_j - 100.0,
    }


def test_windows_are_added_up(tmp_path: Path) -> None:
    """The accounts of all windows stand against the counter."""
    log = write_log(tmp_path / "log", window(0.0, 1000.0, 890.0), window(1000.0, 2000.0, 880.0))

    text = "\n".join(books_lines(log))

    assert "counter 2000 J = generations 1770 J + baseline 200 J + unattributed +30 J (+1.5%)" in text


def test_the_last_answered_receipt_is_shown(tmp_path: Path) -> None:
    """One receipt as an example, with how many there are; one that was cut off shows little."""
    outcomes = ("finished", "finished", "finished", "cancelled")
    receipts: list[dict[str, object]] = [
        {"event": "receipt", "say": f"receipt {n}", "outcome": outcome} for n, outcome in enumerate(outcomes)
    ]

    text = "\n".join(books_lines(write_log(tmp_path / "log", *receipts)))

    assert "4 receipts" in text
    assert "receipt 2" in text


def test_no_entries_say_nothing(tmp_path: Path) -> None:
    """Without windows there are no books to show."""
    assert list(books_lines(write_log(tmp_path / "log"))) == []
