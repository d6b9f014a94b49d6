# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A question to whoever sits at the terminal."""

from __future__ import annotations

import signal
import sys

from green_common.errors import UsageError


def agreed(question: str, *, yes: bool) -> bool:
    """Raises UsageError where nobody is there to be asked, and KeyboardInterrupt on Ctrl-C."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Without a terminal nobody can be asked: say --yes, or --dry-run")
    # stdout may be for a machine.
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    # The event loop's handler would only be run once the line is there.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return sys.stdin.readline().strip().lower() in ("y", "yes")
    finally:
        signal.signal(signal.SIGINT, before)
