#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Read each GPU's energy counter, once a second as it comes, and write what it said, one JSON object a line.

The witness in an audit: a process and a piece of code of its own that shares nothing with green-qwen and
only reads. A reading carries the monotonic clock before and after the call, so that whoever interpolates
knows by how much it may be off, and the wall clock, so that it can be laid beside a journal.
"""

from __future__ import annotations

import argparse
import json
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pynvml

EVERY_S = 1.0


def read_counter(gpu: Any) -> dict[str, object]:
    """One reading in millijoules since the driver was loaded, between two readings of the clock."""
    wall_s = time.time()
    before_s = time.clock_gettime(time.CLOCK_MONOTONIC)
    energy_mj = pynvml.nvmlDeviceGetTotalEnergyConsumption(gpu)
    after_s = time.clock_gettime(time.CLOCK_MONOTONIC)
    return {"before_s": before_s, "after_s": after_s, "wall_s": wall_s, "energy_mj": energy_mj}


def gpus() -> dict[str, Any]:
    """NVML's handles by UUID."""
    handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
    return {pynvml.nvmlDeviceGetUUID(handle): handle for handle in handles}


def watch(path: Path, every_s: float, stop: threading.Event) -> None:
    """Append readings to the file until told to stop, on a fixed beat."""
    handles = gpus()
    due_s = time.monotonic()
    with path.open("a", buffering=1) as lines:
        while True:
            for uuid, handle in handles.items():
                lines.write(json.dumps({"gpu": uuid, **read_counter(handle)}) + "\n")
            due_s += every_s
            if stop.wait(max(0.0, due_s - time.monotonic())):
                return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("path", type=Path, help="the file to append to")
    parser.add_argument("--every-s", type=float, default=EVERY_S)
    given = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    pynvml.nvmlInit()
    watch(given.path, given.every_s, stop)
    pynvml.nvmlShutdown()


if __name__ == "__main__":
    main()
