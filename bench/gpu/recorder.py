#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Writes down what green-telemetry has to go by, for replay.py: the feed's messages and samples of each GPU.

A reader of the activity feed like any other, in a process of its own. One JSON object a line: `gpu` for each
at the beginning; `feed` with the message as it came and when; `sample` ten times a second, with the energy
counter twice a second (`beat`), and also where the GPU's work changes hands and a counter's step after the
last answer (`edge`). Reads only. Expects green-qwen's packages on PYTHONPATH.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import math
import select
import signal
import time
from pathlib import Path
from typing import Any, TextIO

from green_common.config import GpuConfig
from green_common.feed import FeedConnection, connect
from green_common.feed.messages import MAX_MESSAGE_BYTES
from green_common.gpu import Gpu, GpuError
from green_common.gpu.open import open_driver
from green_telemetry.sampler import Sampler

SAMPLE_EVERY_S, COUNTER_EVERY = 0.1, 5
COUNTER_STEP_S = 0.1
HANDOVERS = ("forwarded", "load_started", "load_finished", "first_token", "finished", "cancelled")
ENDS = ("finished", "cancelled")


class Recorder:
    """One feed, all GPUs, one file."""

    def __init__(self, feed: FeedConnection, samplers: list[Sampler], lines: TextIO) -> None:
        self._feed = feed
        self._samplers = samplers
        self._lines = lines
        self._drained_at_s = math.inf
        self._read_at_s = -math.inf
        self.stopped = False

    def run(self) -> None:
        """Until told to stop, or the feed ends."""
        for sampler in self._samplers:
            self._write(gpu_entry(sampler.gpu))
        due_s, count = time.monotonic(), 0
        while not self.stopped:
            readable, _, _ = select.select([self._feed], [], [], max(0.0, due_s - time.monotonic()))
            if readable and self._take_messages():
                self._sample("edge", with_counter=True)
            if time.monotonic() >= self._drained_at_s:
                self._drained_at_s = math.inf
                self._sample("edge", with_counter=True)
            if time.monotonic() >= due_s:
                beat = count % COUNTER_EVERY == 0
                self._sample("beat" if beat else "power", with_counter=beat)
                due_s, count = due_s + SAMPLE_EVERY_S, count + 1

    def _take_messages(self) -> bool:
        """True where work changed hands and the counter was not just read."""
        received_s = time.monotonic()
        datagram = self._feed.socket.recv(MAX_MESSAGE_BYTES)
        self.stopped |= not datagram
        kinds = []
        for line in filter(None, datagram.split(b"\n")):
            message = json.loads(line)
            self._write({"kind": "feed", "received_s": received_s, "message": message})
            kinds.append(message["type"])
        if any(kind in ENDS for kind in kinds):
            self._drained_at_s = received_s + COUNTER_STEP_S
        handed_over = any(kind in HANDOVERS for kind in kinds)
        return handed_over and received_s - self._read_at_s >= COUNTER_STEP_S

    def _sample(self, why: str, *, with_counter: bool) -> None:
        if with_counter:
            self._read_at_s = time.monotonic()
        for sampler in self._samplers:
            sample = dataclasses.asdict(sampler.sample(with_counter=with_counter))
            known = {name: value for name, value in sample.items() if value is not None}
            self._write({"kind": "sample", "gpu": sampler.gpu.uuid, "why": why, **known})

    def _write(self, entry: dict[str, Any]) -> None:
        self._lines.write(json.dumps(entry) + "\n")


def gpu_entry(gpu: Gpu) -> dict[str, Any]:
    limit_w = None
    with contextlib.suppress(GpuError):
        limit_w = gpu.read_power_limit_w()
    return {
        "kind": "gpu",
        "gpu": gpu.uuid,
        "name": gpu.name,
        "power_limit_w": limit_w,
        "power_is_instant": gpu.power_is_instant,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("feed", help="green-proxy's activity socket")
    parser.add_argument("path", type=Path, help="the file to write")
    given = parser.parse_args()
    driver = open_driver(GpuConfig())
    feed = connect(given.feed)
    with given.path.open("w", buffering=1) as lines:
        recorder = Recorder(feed, [Sampler(gpu) for gpu in driver.open_gpus()], lines)

        def stop(*_: object) -> None:
            recorder.stopped = True

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        print("recording", flush=True)
        recorder.run()
    feed.close()
    driver.close()


if __name__ == "__main__":
    main()
