# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Processes on a CPU of their own that never outlive the benchmark."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.proxy.usage import tree

PROXY_CPU, RIG_CPU = 0, 1
STOP_WITHIN_S = 8.0
LOOK_EVERY_S = 0.02


class FailedError(Exception):
    """The benchmark can't go on; the text is for who runs it."""


def on_cpu(cpu: int | str) -> list[str]:
    """What to put before a command; should we be killed, the kernel ends it."""
    return ["/usr/bin/setpriv", "--pdeathsig", "TERM", "/usr/bin/taskset", "-c", str(cpu)]


class Running:
    """A started process; what it says goes into a file."""

    def __init__(
        self, command: Sequence[str], cpu: int | str, log: Path, environ: Mapping[str, str] | None = None
    ) -> None:
        self.log = log
        with log.open("ab") as file:
            # A session of its own keeps Ctrl-C for us, who end all in order.
            self.process = subprocess.Popen(
                [*on_cpu(cpu), *command],
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_for_port(self, port: int, within_s: float) -> None:
        """Raises FailedError where nobody listens there in time."""
        end_s = time.monotonic() + within_s
        while time.monotonic() < end_s and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
                return
            time.sleep(LOOK_EVERY_S)
        raise FailedError(
            f"{self.log.stem} does not listen after {within_s:g} s; it said:\n{self.last_words()}"
        )

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-10:])

    def stop(self) -> None:
        """Ends it with everything that it started."""
        if self.process.poll() is not None:
            return
        members = tree(self.pid)
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_WITHIN_S)
        for member in members:
            if _still_in(member, self.pid):
                os.kill(member, signal.SIGKILL)
        self.process.wait()


def _still_in(pid: int, session: int) -> bool:
    """Whether that process is there and, its number not being taken by another, of that session."""
    try:
        return os.getsid(pid) == session
    except ProcessLookupError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def fetch(url: str) -> str:
    """Empty where it can't be had."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            text: str = answer.read().decode()
            return text
    except (urllib.error.URLError, OSError):
        return ""
