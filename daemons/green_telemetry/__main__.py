# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Entry point of green-telemetry."""

from __future__ import annotations

import sys

from green_common.lean import left_out

# structlog imports asyncio, and that OpenSSL: 4 MiB for a daemon without a network.
with left_out("ssl"):
    from green_common.process import Action, Daemon, Process, main as run_daemon
    from green_telemetry.once import print_once
    from green_telemetry.telemetry import Telemetry


def run(process: Process) -> None:
    Telemetry(process).run()


DAEMON = Daemon(
    name="green-telemetry",
    purpose="Accounts for every joule of the GPU: a receipt per request, a summary per window.",
    run=run,
    actions=(Action("--once", "print one sample of each GPU as JSON, and exit", print_once),),
)


def main(argv: list[str] | None = None) -> int:
    """Run the daemon; returns the exit code."""
    return run_daemon(DAEMON, argv)


if __name__ == "__main__":
    sys.exit(main())
