# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-idle that measures in seconds, at rest and while decoding, and with the cgroups of a folder."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

from green_common import process
from green_idle import start
from green_idle.calibration.course import Pace
from green_idle.decode import course as decode

QUICK = Pace(settle_s=0.3, visit_s=1.3, rounds=3, rested_s=1.0)
QUICK_DECODE = decode.Pace(steady_s=0.4, settle_s=0.2, measured_s=1.2)

if __name__ == "__main__":
    cgroups = Path(os.environ["TEST_CGROUPS"])
    run = functools.partial(start.run, pace=QUICK, decode_pace=QUICK_DECODE, cgroups=cgroups)
    sys.exit(process.main(process.Daemon(name="green-idle", purpose="A test.", run=run)))
