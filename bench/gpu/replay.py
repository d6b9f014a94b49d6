#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Divide a recorded measurement's joules again, by the green-telemetry on PYTHONPATH; no GPU is needed.

Takes the folder of shares.py, feeds what recorder.py wrote through Timeline, Books and Clerk as the daemon
would at 500 ms, and prints the same tables.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import audit
from asked import asked_of
from figures import Part
from shares import shares_report
from witness import witnesses_of

from green_common.feed.codec import decode
from green_common.feed.messages import FROM_PROXY
from green_common.gpu import Gpu
from green_common.logs import Log
from green_telemetry.audit import Audit
from green_telemetry.books import Books
from green_telemetry.clerk import Clerk
from green_telemetry.meter import Meter
from green_telemetry.sampler import Sample, Sampler
from green_telemetry.timeline import Timeline

WINDOW_S, PERIOD_S = 60.0, 0.5
# As the daemon's loop has them.
FEW_IN_FLIGHT, SETTLING_S = 4, 0.3


class Entries:
    """Takes what the daemon would log; as much of a logger as the audit needs."""

    def __init__(self) -> None:
        self.written: list[dict[str, object]] = []

    def info(self, event: str, **fields: object) -> None:
        self.written.append({"event": event, **fields})

    warning = error = info


@dataclasses.dataclass(frozen=True, slots=True)
class RecordedGpu:
    """What the audit says of a GPU; nobody reads it."""

    uuid: str
    name: str
    power_is_instant: bool
    index: int = 0


class Replay:
    """The daemon's loop, driven by a recording of one GPU instead of the clock."""

    def __init__(self, gpu: Mapping[str, Any], *, all_samples: bool) -> None:
        self._entries = Entries()
        self._all_samples = all_samples
        self._timeline = Timeline()
        self._clerk = Clerk(Audit(cast(Log, self._entries), simulated=False), self._timeline)
        recorded = RecordedGpu(gpu["gpu"], gpu["name"], gpu["power_is_instant"])
        books = Books(gpu["power_limit_w"], integrate=False)
        self._meter = Meter(Sampler(cast(Gpu, recorded)), books)
        self._few = False

    def run(self, entries: Iterable[Mapping[str, Any]]) -> list[dict[str, object]]:
        """What the daemon would have written."""
        for entry in entries:
            if entry["kind"] == "feed":
                self._hear(entry["message"], entry["received_s"])
            elif entry["kind"] == "sample" and entry["gpu"] == self._meter.gpu.uuid:
                self._take(entry["why"], sample_of(entry))
        last = self._meter.books.last
        self._timeline.lose_sight(last.time_s if last else 0.0, "unfinished at stop")
        self._meter.books.end_window()
        self._settle(math.inf)
        return self._entries.written

    def _hear(self, message: Mapping[str, Any], received_s: float) -> None:
        envelope = decode(json.dumps(message).encode(), FROM_PROXY)
        before, ended = self._timeline.in_flight, self._timeline.ended_count
        self._timeline.apply(envelope.message, min(envelope.time_s, received_s))
        for _ in range(self._timeline.ended_count - ended):
            self._meter.books.note_end()
        self._few = min(before, self._timeline.in_flight) < FEW_IN_FLIGHT

    def _take(self, why: str, sample: Sample) -> None:
        """The daemon reads at an edge only where few are in flight, and between its beats not at all."""
        regular = why == "beat"
        if not (regular or self._all_samples or (why == "edge" and self._few)):
            return
        over = regular and self._meter.books.window_age_s(sample.time_s) >= WINDOW_S - PERIOD_S / 2
        self._meter.books.book(sample, quiet=self._is_quiet(sample), regular=regular)
        if over:
            self._meter.books.end_window()
        if sample.counter_j is not None:
            self._settle(sample.time_s)

    def _is_quiet(self, sample: Sample) -> bool:
        ended_s = self._timeline.last_ended_s
        if self._timeline.in_flight or (ended_s is not None and sample.time_s - ended_s < SETTLING_S):
            return False
        return sample.gpu_percent == 0 or sample.gpu_percent is None

    def _settle(self, now_s: float) -> None:
        self._clerk.settle([self._meter], now_s, feed="recorded")


def sample_of(entry: Mapping[str, Any]) -> Sample:
    names = {field.name for field in dataclasses.fields(Sample)}
    return Sample(**{name: value for name, value in entry.items() if name in names})


def replayed(recording: Path, *, all_samples: bool = False) -> dict[str, list[dict[str, object]]]:
    """The entries for each GPU of the recording."""
    entries = cast("list[dict[str, Any]]", audit.entries_of(recording))
    gpus = [entry for entry in entries if entry["kind"] == "gpu"]
    return {str(gpu["gpu"]): Replay(gpu, all_samples=all_samples).run(entries) for gpu in gpus}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("folder", type=Path, help="what shares.py left")
    parser.add_argument("--all-samples", action="store_true", help="power ten times a second too")
    parser.add_argument("--entries", type=Path, help="write what the daemon would have written here")
    given = parser.parse_args()
    parts = [Part(**entry) for entry in audit.entries_of(given.folder / "parts.jsonl")]  # type: ignore[arg-type]
    asked = asked_of(audit.entries_of(given.folder / "requests.jsonl"))
    witnesses = witnesses_of((given.folder / "witness.jsonl").read_text().splitlines())
    whole = True
    for gpu, entries in replayed(given.folder / "recording.jsonl", all_samples=given.all_samples).items():
        if given.entries:
            given.entries.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
        text, holds = shares_report(entries, parts, asked, witnesses[gpu])
        whole &= holds
        print(f"{gpu}, replayed\n\n{text}")
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()
