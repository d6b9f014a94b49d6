#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Hold green-telemetry's books against the energy counter as an independent process read it.

For each window: the witness's difference of the counter, interpolated at the window's edges, against
generations + baseline + unattributed. Windows are then joined where a request was under way at the edge
between them, so that the receipts of whole requests can be summed and held against the same joules.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from witness import Witness, witnesses_of

# A window closes on a beat, a few milliseconds more or less than a minute; the last is cut by the stop.
JUDGED_FROM_S = 59.0
LOADED_LIMIT, IDLE_LIMIT = 0.05, 0.02
# A request still draws on the counter this long after its end: one step of it, and telemetry's own patience.
TAIL_S = 0.3


@dataclass(frozen=True, slots=True)
class Window:
    """One window as telemetry wrote it; times are on the monotonic clock."""

    gpu: str
    first_s: float
    last_s: float
    first_j: float
    last_j: float
    baseline_j: float
    generations_j: float
    unattributed_j: float

    @property
    def books_j(self) -> float:
        return self.generations_j + self.baseline_j + self.unattributed_j


@dataclass(frozen=True, slots=True)
class Request:
    """A receipt's joules, and when its request was under way as the client saw it."""

    energy_j: float
    start_s: float
    end_s: float

    def touches(self, first_s: float, last_s: float) -> bool:
        return self.start_s < last_s and self.end_s + TAIL_S > first_s


@dataclass(frozen=True, slots=True)
class Finding:
    """One window, or several joined, beside what the witness says."""

    first_s: float
    last_s: float
    witness_j: float
    uncertainty_j: float
    edges_agree: bool
    generations_j: float
    baseline_j: float
    unattributed_j: float
    books_j: float
    receipts: int
    receipts_j: float
    idle: bool

    @property
    def duration_s(self) -> float:
        return self.last_s - self.first_s

    @property
    def rest_j(self) -> float:
        """What the witness's joules leave after receipts' share and baseline; signed."""
        return self.witness_j - self.generations_j - self.baseline_j

    @property
    def rest_share(self) -> float:
        return self.rest_j / self.witness_j if self.witness_j else 0.0

    @property
    def unattributed_share(self) -> float:
        # The last window is cut by the stop, and may be too short for a step of the counter.
        return self.unattributed_j / self.books_j if self.books_j else 0.0

    @property
    def judged(self) -> bool:
        return self.duration_s >= JUDGED_FROM_S

    @property
    def holds(self) -> bool:
        """The books agree with the witness, and what nobody owns is within the limit by either's count."""
        limit = IDLE_LIMIT if self.idle else LOADED_LIMIT
        agree = self.edges_agree and abs(self.books_j - self.witness_j) <= self.uncertainty_j
        return agree and abs(self.unattributed_share) <= limit and abs(self.rest_share) <= limit


def windows_of(entries: Iterable[dict[str, object]]) -> list[Window]:
    """Telemetry's window entries in their order."""
    return [
        Window(
            gpu=str(entry["gpu_uuid"]),
            first_s=_number(entry, "counter_first_at_s"),
            last_s=_number(entry, "counter_last_at_s"),
            first_j=_number(entry, "counter_first_j"),
            last_j=_number(entry, "counter_last_j"),
            baseline_j=_number(entry, "baseline_j"),
            generations_j=_number(entry, "generations_j"),
            unattributed_j=_number(entry, "unattributed_j"),
        )
        for entry in entries
        if entry["event"] == "window"
    ]


def requests_of(
    entries: Iterable[dict[str, object]], answered: Iterable[dict[str, object]]
) -> tuple[list[Request], list[str]]:
    """The receipts with their requests' times, and the ids of answered requests that have no receipt."""
    receipts_j = {str(receipt["request"]): _number(receipt, "energy_j") for receipt in receipts_of(entries)}
    requests, missing = [], []
    for one in answered:
        identifier = str(one["request"])
        if identifier in receipts_j:
            times_s = (_number(one, "start_s"), _number(one, "end_s"))
            requests.append(Request(receipts_j[identifier], *times_s))
        else:
            missing.append(identifier)
    return requests, missing


def find(windows: Sequence[Window], requests: Sequence[Request], witness: Witness) -> Finding:
    """What consecutive windows, taken as one, say beside the witness."""
    first, last = windows[0], windows[-1]
    left, right = witness.at(first.first_s), witness.at(last.last_s)
    inside = [request for request in requests if request.touches(first.first_s, last.last_s)]
    generations_j = sum(window.generations_j for window in windows)
    return Finding(
        first_s=first.first_s,
        last_s=last.last_s,
        witness_j=right.energy_j - left.energy_j,
        uncertainty_j=left.uncertainty_j + right.uncertainty_j,
        edges_agree=left.allows(first.first_j) and right.allows(last.last_j),
        generations_j=generations_j,
        baseline_j=sum(window.baseline_j for window in windows),
        unattributed_j=sum(window.unattributed_j for window in windows),
        books_j=sum(window.books_j for window in windows),
        receipts=len(inside),
        receipts_j=sum(request.energy_j for request in inside),
        idle=not inside and generations_j == 0,
    )


def joined(windows: Sequence[Window], requests: Sequence[Request]) -> Iterator[list[Window]]:
    """Windows in a row, together as long as a request was under way at the edge between them."""
    row: list[Window] = []
    for window in windows:
        edge_s = window.first_s
        if row and not any(request.touches(edge_s, edge_s) for request in requests):
            yield row
            row = []
        row.append(window)
    if row:
        yield row


def window_table(findings: Sequence[Finding], origin_s: float) -> Iterator[str]:
    yield (
        "| from s | long s | state | witness J | ± J | books J | generations J | baseline J | unattributed J "
        "| unattributed % | rest by witness % | verdict |"
    )
    yield "|---" * 12 + "|"
    for found in findings:
        verdict = ("holds" if found.holds else "DOES NOT HOLD") if found.judged else "too short to judge"
        yield (
            f"| {found.first_s - origin_s:.1f} | {found.duration_s:.1f} | {'idle' if found.idle else 'load'} "
            f"| {found.witness_j:.0f} | {found.uncertainty_j:.0f} | {found.books_j:.0f} "
            f"| {found.generations_j:.0f} | {found.baseline_j:.0f} | {found.unattributed_j:+.1f} "
            f"| {100 * found.unattributed_share:+.2f} | {100 * found.rest_share:+.2f} | {verdict} |"
        )


def receipt_table(findings: Sequence[Finding], origin_s: float) -> Iterator[str]:
    yield (
        "| from s | long s | receipts | sum of receipts J | generations J | baseline J | unattributed J "
        "| all together J | witness J | ± J |"
    )
    yield "|---" * 10 + "|"
    for found in findings:
        whole_j = found.receipts_j + found.baseline_j + found.unattributed_j
        yield (
            f"| {found.first_s - origin_s:.1f} | {found.duration_s:.1f} | {found.receipts} "
            f"| {found.receipts_j:.0f} | {found.generations_j:.0f} | {found.baseline_j:.0f} "
            f"| {found.unattributed_j:+.1f} | {whole_j:.0f} | {found.witness_j:.0f} "
            f"| {found.uncertainty_j:.0f} |"
        )


def report(windows: list[Window], requests: list[Request], witness: Witness) -> tuple[str, bool]:
    """The two tables, and whether every window that is judged holds."""
    seen = [window for window in windows if witness.covers(window.first_s) and witness.covers(window.last_s)]
    if not seen:
        return "no window lies within the independent readings", False
    singles = [find([window], requests, witness) for window in seen]
    rows = [find(row, requests, witness) for row in joined(seen, requests)]
    judged = [found for found in singles if found.judged]
    holds = bool(judged) and all(found.holds for found in judged)
    lines = [
        f"{len(windows)} windows, {len(windows) - len(seen)} of them outside of the independent readings",
        "",
        *window_table(singles, seen[0].first_s),
        "",
        *receipt_table(rows, seen[0].first_s),
        "",
        f"{len(judged)} windows judged: " + ("all hold" if holds else "NOT all hold" if judged else "none"),
    ]
    return "\n".join(lines), holds


def entries_of(path: Path) -> list[dict[str, object]]:
    """JSON lines; others, as of a library that prints, are skipped."""
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def receipts_of(entries: Iterable[Mapping[str, object]]) -> Iterator[Mapping[str, object]]:
    """Those with an entry of their own, and those that were gathered in one."""
    for entry in entries:
        gathered = entry.get("receipts")
        if entry["event"] == "receipt":
            yield entry
        elif entry["event"] == "receipts" and isinstance(gathered, list):
            yield from gathered


def _number(entry: Mapping[str, object], name: str) -> float:
    value = entry[name]
    if not isinstance(value, int | float):
        raise ValueError(f"{name} is {value!r}, not a number")
    return float(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("telemetry", type=Path, help="what green-telemetry wrote with GREEN_LOG_FORMAT=json")
    parser.add_argument("witness", type=Path, help="what counter.py wrote")
    parser.add_argument("requests", type=Path, help="what load.py wrote")
    arguments = parser.parse_args()
    entries, answered = entries_of(arguments.telemetry), entries_of(arguments.requests)
    requests, missing = requests_of(entries, answered)
    if missing:
        print(f"{len(missing)} answered requests have NO RECEIPT: {', '.join(missing[:5])}")
    whole = not missing
    for gpu, witness in witnesses_of(arguments.witness.read_text().splitlines()).items():
        windows = [window for window in windows_of(entries) if window.gpu == gpu]
        text, holds = report(windows, requests, witness)
        print(f"{gpu}: {text}")
        whole &= holds
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()
