# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The command green-proxy."""

from __future__ import annotations

import sys

from green_common import process
from green_proxy.daemon import run

DAEMON = process.Daemon(
    name="green-proxy",
    purpose="Passes requests on to the model server, and tells the other daemons what is in flight.",
    run=run,
)


def main(argv: list[str] | None = None) -> int:
    return process.main(DAEMON, argv)


if __name__ == "__main__":
    sys.exit(main())
