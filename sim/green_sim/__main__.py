# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The command `green-sim`."""

from __future__ import annotations

import asyncio
import os
import sys

from green_common.errors import GreenError
from green_sim.options import read_options
from green_sim.process import serve


def main() -> None:
    """Run the simulation; exits with a sysexits code."""
    try:
        asyncio.run(serve(read_options(sys.argv[1:], os.environ)))
    except GreenError as error:
        sys.stderr.write(f"green-sim: {error}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
