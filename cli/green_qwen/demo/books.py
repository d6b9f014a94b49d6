# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The books of the second half, as green-telemetry wrote them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def books_lines(log: Path) -> Iterator[str]:
    """One line of the last receipt, and the accounts of all windows against the energy counter."""
    entries = list(entries_in(log))
    receipts = [receipt for entry in entries for receipt in receipts_in(entry)]
    windows = [entry for entry in entries if entry.get("event") == "window"]
    answered = [receipt for receipt in receipts if receipt.get("outcome") == "finished"]
    if answered:
        yield f"\n{len(receipts)} receipts in the journal's format; the last one of an answered request:"
        yield f"  {_line(answered[-1])}"
    if windows:
        yield from _balance(windows)


def _balance(windows: list[dict[str, Any]]) -> Iterator[str]:
    counter_j = sum(window["counter_last_j"] - window["counter_first_j"] for window in windows)
    generations_j = sum(window["generations_j"] for window in windows)
    baseline_j = sum(window["baseline_j"] for window in windows)
    unattributed_j = sum(window["unattributed_j"] for window in windows)
    yield (
        f"The books: counter {counter_j:.0f} J = generations {generations_j:.0f} J + baseline "
        f"{baseline_j:.0f} J + unattributed {unattributed_j:+.0f} J ({unattributed_j / counter_j:+.1%})"
    )


def receipts_in(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Of an entry with one receipt, and of one in which several were gathered."""
    if entry.get("event") == "receipts":
        gathered: list[dict[str, Any]] = entry["receipts"]
        return gathered
    return [entry] if entry.get("event") == "receipt" else []


def _line(receipt: dict[str, Any]) -> str:
    brief = f"receipt {receipt.get('request')}: {receipt.get('energy_j')} J"
    return str(receipt.get("say", brief))


def entries_in(log: Path) -> Iterator[dict[str, Any]]:
    for line in log.read_text(errors="replace").splitlines():
        if line.startswith("{"):
            yield json.loads(line)
