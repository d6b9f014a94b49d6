# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Real journal files, with trusted fields of the test's choice: systemd-journal-remote writes them."""

from __future__ import annotations

import json
import os
import struct
import subprocess
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

JOURNAL_REMOTE = Path("/lib/systemd/systemd-journal-remote")
UNIT = "green-telemetry.service"
MACHINE, BOOT = "b" * 32, "a" * 32
SOURCES = os.pathsep.join(str(Path(__file__).parents[2] / part) for part in ("shared", "cli"))
# 2026-03-01 00:00 in UTC, which is the tests' zone.
START_S = 1772323200.0
UTC = {**os.environ, "PYTHONPATH": SOURCES, "TZ": "UTC", "NO_COLOR": "1"}

Fields = dict[str, Any]


def write_journal(path: Path, entries: Iterable[Mapping[str, Any]]) -> Path:
    """A journal file that holds these entries, as another machine's journal would be copied."""
    export = b"".join(map(_exported, entries))
    subprocess.run(
        (JOURNAL_REMOTE, "--output", path, "-"), input=export, capture_output=True, check=True, timeout=120
    )
    return path


def entry(at_s: float, event: str, **fields: Any) -> Fields:
    """An entry of green-telemetry, unless other trusted fields are given."""
    return {
        "__REALTIME_TIMESTAMP": str(round(at_s * 1e6)),
        "__MONOTONIC_TIMESTAMP": str(round((at_s - START_S) * 1e6) + 10_000_000),
        "_BOOT_ID": BOOT,
        "_MACHINE_ID": MACHINE,
        "_HOSTNAME": "gpu1",
        "_SYSTEMD_UNIT": UNIT,
        "MESSAGE": event,
        "GREEN_EVENT": event,
        **fields,
    }


def receipt(at_s: float, request: str, **changes: Any) -> Fields:
    """What GREEN_RECEIPT holds: 100 J for 40 tokens, and 20 J of the baseline meanwhile."""
    figures = {
        "request": request,
        "generation": f"g-{request}",
        "model": "qwen3:32b",
        "outcome": "finished",
        "client": "anna",
        "energy_j": 100.0,
        "energy_queued_j": 0.0,
        "energy_loading_j": 0.0,
        "energy_prefill_j": 30.0,
        "energy_decode_j": 70.0,
        "uncertainty_j": 2.0,
        "baseline_share_j": 20.0,
        "baseline_provisional": False,
        "prompt_tokens": 200,
        "output_tokens": 40,
        "duration_s": 2.0,
        "partial": False,
        "method": "counter",
        "simulated": False,
        "ended_at": at_s - 1.0,
    }
    return {name: value for name, value in {**figures, **changes}.items() if value is not None}


def receipt_entry(
    at_s: float, request: str, trusted: Mapping[str, str] | None = None, **changes: Any
) -> Fields:
    """A receipt by itself; `trusted` replaces what journald would have set."""
    figures = receipt(at_s, request, **changes)
    index = {"GREEN_REQUEST": request, "GREEN_CLIENT": figures.get("client", ""), "GREEN_ENERGY_J": "100.0"}
    return entry(at_s, "receipt", **index, GREEN_RECEIPT=json.dumps(figures), **(trusted or {}))


def gathered_entry(at_s: float, receipts: list[Fields]) -> Fields:
    """Several receipts in one entry."""
    return entry(at_s, "receipts", GREEN_COUNT=str(len(receipts)), GREEN_RECEIPTS=json.dumps(receipts))


def window_entry(
    first_s: float, duration_s: float = 60.0, trusted: Mapping[str, str] | None = None, **changes: Any
) -> Fields:
    """A window of 6000 J a minute: 4800 baseline, 1100 generations, 60 others, 40 unattributed."""
    part = duration_s / 60.0
    counter_j = 1000.0 + (first_s - START_S) * 100.0
    figures = {
        "start": _iso(first_s),
        "duration_s": duration_s,
        "counter_first_j": counter_j,
        "counter_last_j": counter_j + 6000.0 * part,
        "counter_first_at_s": first_s - START_S + 10.0,
        "counter_last_at_s": first_s - START_S + 10.0 + duration_s,
        "energy_j": 6000.0 * part,
        "baseline_j": 4800.0 * part,
        "generations_j": 1100.0 * part,
        "queued_j": 0.0,
        "loading_j": 100.0 * part,
        "prefill_j": 300.0 * part,
        "decode_j": 700.0 * part,
        "others_j": 60.0 * part,
        "unattributed_j": 40.0 * part,
        "simulated": False,
        **changes,
    }
    gpu = {"GREEN_GPU": "0", "GREEN_GPU_UUID": "GPU-1", "GREEN_SIMULATED": "false"}
    return entry(
        first_s + duration_s + 0.5, "window", **gpu, GREEN_WINDOW=json.dumps(figures), **(trusted or {})
    )


def _iso(at_s: float) -> str:

    return (
        datetime.fromtimestamp(at_s, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def _exported(fields: Mapping[str, Any]) -> bytes:
    """Journal export format, systemd.io/JOURNAL_EXPORT_FORMATS: bytes with their length where needed."""
    parts = []
    for name, value in fields.items():
        content = value if isinstance(value, bytes) else str(value).encode()
        if b"\n" in content or isinstance(value, bytes):
            parts.append(name.encode() + b"\n" + struct.pack("<Q", len(content)) + content + b"\n")
        else:
            parts.append(name.encode() + b"=" + content + b"\n")
    return b"".join(parts) + b"\n"
