# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The start of green-idle: the driver is opened, and clocks are given back before anything else."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

from green_common.cgroup import CGROUPS
from green_common.gpu import GpuLostError
from green_common.gpu.open import open_driver
from green_common.process import Process
from green_idle import clocks
from green_idle.calibration.course import PACE, Pace
from green_idle.decode import course as decode
from green_idle.gpus import Gpus
from green_idle.held import HeldFile
from green_idle.report import Reporter
from green_idle.tuner import Tuner

# A thread that computes has to let the waking one in after this; Python's own 5 ms are too long.
SWITCH_EVERY_S = 0.0005


def run(
    process: Process,
    *,
    pace: Pace = PACE,
    decode_pace: decode.Pace = decode.PACE,
    cgroups: Path = CGROUPS,
) -> None:
    """Rest and wake the GPUs until told to stop. Raises GreenError where that is impossible."""
    sys.setswitchinterval(SWITCH_EVERY_S)
    with closing(Gpus(process.config.gpu, open_driver(process.config.gpu))) as gpus:
        reporter = Reporter(process.log, simulated=gpus.simulated)
        held = HeldFile(process.config.idle.held_file)
        for absent in gpus.unopened:
            reporter.unopened(absent)
        _recover(process, gpus, held, reporter)
        Tuner(process, gpus, held, reporter, pace=pace, decode_pace=decode_pace, cgroups=cgroups).run()


def _recover(process: Process, gpus: Gpus, held: HeldFile, reporter: Reporter) -> None:
    """Raises GpuError where clocks that an earlier process held can't be given back."""
    restore_mhz = process.config.idle.restore_sm_clock_mhz
    try:
        recovered = clocks.recover(list(gpus.open.values()), held, gpus.unopened, restore_mhz)
    except GpuLostError as error:
        # The others can rest without it; the file names it until it is back.
        reporter.not_recovered(error)
        return
    if recovered:
        reporter.recovered(recovered)
