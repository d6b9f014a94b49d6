# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What comes before anything else: clocks that an earlier green-idle held are given back."""

from __future__ import annotations

from green_common.gpu import GpuLostError
from green_common.process import Process
from green_idle import clocks
from green_idle.gpus import Gpus
from green_idle.held import HeldFile
from green_idle.report import Reporter


def recover(process: Process, gpus: Gpus, held: HeldFile, reporter: Reporter) -> None:
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
