# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
A process that reads power densely while a calibration goes on, at normal priority (the unit's reset-on-fork).

In green-idle itself the readings would get in the way of the thread that has to wake fast. Its arguments
are the driver, the simulation's socket and the GPUs' UUIDs; each line it writes is a time, a UUID and watts.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import closing

from green_common.config import GpuConfig
from green_common.errors import GreenError
from green_common.gpu.open import open_driver

# The driver's power changes every 100 ms.
SAMPLE_EVERY_S = 0.1


def main(arguments: list[str]) -> int:
    driver_name, socket, *uuids = arguments
    try:
        with closing(open_driver(GpuConfig(driver=driver_name, simulated_socket=socket))) as driver:
            gpus = [gpu for gpu in driver.open_gpus() if gpu.uuid in uuids]
            while True:
                for gpu in gpus:
                    sys.stdout.write(f"{time.monotonic():.3f} {gpu.uuid} {gpu.read_power_w():.3f}\n")
                sys.stdout.flush()
                time.sleep(SAMPLE_EVERY_S)
    except GreenError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except BrokenPipeError:
        return os.EX_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
