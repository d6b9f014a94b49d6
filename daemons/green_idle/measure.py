# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-idle --measure SECONDS`: what each GPU draws and what a rest would save. It only reads."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from green_common.cgroup import UnitCgroup
from green_common.config import Config
from green_common.errors import UsageError
from green_common.gpu import GpuDriver, GpuError
from green_common.gpu.open import open_driver
from green_idle.calibration.calibrator import FILE
from green_idle.calibration.verdict import Verdict
from green_idle.calibration.verdicts import Subject, Verdicts
from green_idle.survey import Survey, describe_state, survey

MOST_S = 3600.0


def measure(config: Config, seconds: str) -> int:
    """Raises UsageError for what is no time, GpuError where there is no GPU."""
    wanted_s = _seconds(seconds)
    with closing(open_driver(config.gpu)) as driver:
        for line in _report(config, driver, wanted_s):
            sys.stdout.write(f"{line}\n")
    return os.EX_OK


def _report(config: Config, driver: GpuDriver, seconds: float) -> Iterator[str]:
    gpus = driver.open_gpus()
    server = UnitCgroup(config.gpu.model_server_unit)
    verdicts = Verdicts(Path(config.idle.state) / FILE)
    yield f"driver {driver.version}" + (
        ", simulated: all watts are the simulation's" if driver.simulated else ""
    )
    found = survey(gpus, seconds, config.idle.rest_sm_clock_mhz)
    for gpu in gpus:
        yield f"GPU {gpu.index}: {gpu.name} ({gpu.uuid})"
        try:
            yield from describe_state(gpu, server, simulated=driver.simulated)
        except GpuError as error:
            yield f"  {error}"
        one = found[gpu.uuid]
        yield from (
            one.lines(_known(one, gpu.uuid, driver.version, verdicts))
            if isinstance(one, Survey)
            else [f"  can't be measured: {one}"]
        )


def _known(one: Survey, uuid: str, version: str, verdicts: Verdicts) -> Verdict | None:
    kept = verdicts.find(Subject(uuid, version, one.rest.sm_mhz, one.rest.memory_mhz))
    return kept.verdict if kept else None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= MOST_S:
        raise UsageError(f"--measure {text}: a number of seconds from 1 to {MOST_S:g}, like 30")
    return seconds
