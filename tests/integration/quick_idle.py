# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-idle with a calibration of seconds, and with the cgroups of a folder."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

from green_common import process
from green_idle import start
from green_idle.calibration.course import Pace

QUICK = Pace(settle_s=0.3, visit_s=1.3, rounds=3, rested_s=1.0)

if __name__ == "__main__":
    run = functools.partial(start.run, pace=QUICK, cgroups=Path(os.environ["TEST_CGROUPS"]))
    sys.exit(process.main(process.Daemon(name="green-idle", purpose="A test.", run=run)))
