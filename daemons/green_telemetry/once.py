# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-telemetry --once`: one sample of each GPU as a line of JSON."""

from __future__ import annotations

import dataclasses
import json
import os
import sys

from green_common.config import Config
from green_common.gpu.open import open_driver
from green_telemetry.sampler import Sampler


def print_once(config: Config) -> int:
    """Read each GPU once; raises a GpuError where there is none."""
    driver = open_driver(config.gpu)
    try:
        for gpu in driver.open_gpus():
            sample = dataclasses.asdict(Sampler(gpu).sample(with_counter=True))
            sample["doubts"] = [doubt.name.lower() for doubt in sample["doubts"]] or None
            known = {name: value for name, value in sample.items() if value is not None}
            card = {"gpu": gpu.index, "gpu_uuid": gpu.uuid, "name": gpu.name, "simulated": driver.simulated}
            sys.stdout.write(json.dumps(card | known) + "\n")
        for absent in driver.unopened:
            sys.stderr.write(f"green-telemetry: {absent.error}\n")
    finally:
        driver.close()
    return os.EX_OK
