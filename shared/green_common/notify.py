# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a daemon tells systemd: ready, alive, reloading, stopping, and one line of status (sd_notify(3))."""

from __future__ import annotations

import os
import time

import sdnotify


class Notifier:
    """Speaks to the service manager that NOTIFY_SOCKET names; silent where there is none."""

    def __init__(self) -> None:
        self._channel = sdnotify.SystemdNotifier()
        self._status = ""

    def ready(self) -> None:
        self._channel.notify("READY=1")

    def status(self, line: str) -> None:
        """One line for `systemctl status`; sent only when it changed."""
        if line != self._status:
            self._status = line
            self._channel.notify(f"STATUS={line}")

    def alive(self) -> None:
        self._channel.notify("WATCHDOG=1")

    def reloading(self) -> None:
        # Both in one datagram: systemd takes the time to tell this reload from an older one.
        self._channel.notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        self._channel.notify("STOPPING=1")

    @property
    def alive_every_s(self) -> float | None:
        """Half of the unit's WatchdogSec=, or None where there is no watchdog."""
        usec = os.environ.get("WATCHDOG_USEC", "")
        return int(usec) / 2e6 if usec.isdigit() and int(usec) else None
