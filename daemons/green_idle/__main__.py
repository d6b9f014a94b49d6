# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The daemon green-idle: `python -m green_idle`."""

from __future__ import annotations

import os
import sys
from contextlib import closing

from green_common import process
from green_common.config import Config
from green_common.gpu.open import open_driver
from green_common.logs import get_log
from green_idle import clocks, start
from green_idle.held import HeldFile
from green_idle.measure import measure
from green_idle.report import Reporter


def reset_clocks(config: Config) -> int:
    """Give back the clocks that a green-idle which is gone had lowered; without any, NVML is not asked."""
    held = HeldFile(config.idle.held_file)
    if held.exists():
        with closing(open_driver(config.gpu)) as driver:
            recovered = clocks.recover(driver.open_gpus(), held, driver.unopened, held.restored_mhz())
            Reporter(get_log(), simulated=driver.simulated).recovered(recovered)
    return os.EX_OK


DAEMON = process.Daemon(
    name="green-idle",
    purpose="Rests the GPU when nobody needs it, and wakes it before the next request arrives there.",
    run=start.run,
    actions=(
        process.Action(
            "--reset-clocks",
            "give back the clocks that a green-idle which ended had lowered, and exit",
            reset_clocks,
            needs_config=False,
        ),
        process.Action(
            "--measure",
            "read for so long what each GPU draws and what a rest would save; changes nothing, and exit",
            measure,
            takes="SECONDS",
        ),
    ),
)


def main(argv: list[str] | None = None) -> int:
    """Run green-idle; the return value is the exit code."""
    return process.main(DAEMON, argv)


if __name__ == "__main__":
    sys.exit(main())
