# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a daemon tells systemd: ready, alive, reloading, stopping, and one line of status (sd_notify(3))."""

from __future__ import annotations

import contextlib
import os
import time

import sdnotify

READY_WAIT_S = 5.0


class Notifier:
    """
    Speaks to the service manager that NOTIFY_SOCKET names; silent where there is none.

    A manager that is busy is not waited for, because whoever calls has requests to serve: what it can't
    take now goes out with the next message, of each kind the latest.
    """

    def __init__(self) -> None:
        # Without a socket the library would leave an open one behind; without `debug` it would hide that a
        # message did not get through.
        self._channel = sdnotify.SystemdNotifier() if os.environ.get("NOTIFY_SOCKET") else None
        self._socket = self._channel.socket if self._channel else None
        self._waiting: dict[str, str] = {}
        self._line = self._warning = self._status = ""

    def ready(self) -> None:
        self._send("READY=1", wait_s=READY_WAIT_S)

    def status(self, line: str) -> None:
        """One line for `systemctl status`; sent only when it changed."""
        self._line = line
        self._send_status()

    def warn(self, warning: str) -> None:
        """What every status carries from now on, until it is empty again."""
        self._warning = warning
        self._send_status()

    def alive(self) -> None:
        self._send("WATCHDOG=1")

    def reloading(self) -> None:
        # Both in one datagram: systemd takes the time to tell this reload from an older one.
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def extend(self, time_s: float) -> None:
        """Ask for so much time from now for what goes on, a start or a stop, where the unit gives less."""
        self._send(f"EXTEND_TIMEOUT_USEC={round(time_s * 1e6)}")

    def close(self) -> None:
        if self._socket:
            self._socket.close()

    @property
    def is_heard(self) -> bool:
        """Whether a service manager has started this process."""
        return self._socket is not None

    @property
    def alive_every_s(self) -> float | None:
        """Half of the unit's WatchdogSec=, or None where there is no watchdog."""
        usec = os.environ.get("WATCHDOG_USEC", "")
        return int(usec) / 2e6 if usec.isdigit() and int(usec) else None

    def _send_status(self) -> None:
        line = f"{self._line} ({self._warning})" if self._warning else self._line
        if line != self._status:
            self._status = line
            self._send("STATUS=" + " ".join(line.splitlines()))

    def _send(self, message: str, *, wait_s: float = 0.0) -> None:
        if self._channel is None or self._socket is None:
            return
        kind = message.partition("=")[0]
        self._waiting.pop(kind, None)
        self._waiting[kind] = message
        self._channel.debug = True
        self._socket.settimeout(wait_s)
        with contextlib.suppress(OSError):
            for kind in tuple(self._waiting):
                # The library writes Latin-1, systemd reads UTF-8.
                self._channel.notify(self._waiting[kind].encode(errors="replace").decode("latin-1"))
                del self._waiting[kind]
