# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The processes of a measurement: each with its output in a file, stopped in reverse order."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

STOP_WITHIN_S = 30.0
POLL_S = 0.2


class RigError(Exception):
    """A process of the rig did not come up, or went away; the text holds the end of its output."""


class Rig:
    """Starts processes and owns them until the end of the block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.cpu_s: dict[str, float] = {}

    def __enter__(self) -> Rig:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in reversed(list(self._running)):
            self.stop(name)

    def start(self, name: str, command: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
        """Start it with these variables beside our own; stdout and stderr go to `FOLDER/NAME`."""
        with self.output(name).open("wb") as output:
            self._running[name] = subprocess.Popen(
                command, env={**os.environ, **(environ or {})}, stdout=output, stderr=subprocess.STDOUT
            )

    def stop(self, name: str) -> None:
        """Ask it to stop, and remember the CPU seconds that it took; one that has ended left none."""
        process = self._running.pop(name)
        if process.poll() is not None:
            return
        self.cpu_s[name] = cpu_s_of(process.pid)
        process.terminate()
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def wait_for_http(self, name: str, url: str, within_s: float) -> None:
        """Until the URL answers 200. Raises RigError where it doesn't, or the process ends before."""

        def answers() -> bool:
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback
                    return bool(answer.status == 200)
            except (urllib.error.URLError, OSError):
                return False

        self._wait(name, answers, f"{url} did not answer 200 within {within_s:.0f} s", within_s)

    def wait_for_line(self, name: str, text: str, within_s: float) -> None:
        """Until its output holds the text. Raises RigError like `wait_for_http`."""
        output = self.output(name)
        why = f"no {text!r} in its output within {within_s:.0f} s"
        self._wait(name, lambda: text in output.read_text(errors="replace"), why, within_s)

    def check(self) -> None:
        """Raises RigError where a process has ended that should run."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise RigError(f"{name} ended with {process.returncode}\n{self._last_lines(name)}")

    def wait(self, name: str) -> None:
        """Until it has ended by itself."""
        self._running.pop(name).wait()

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def output(self, name: str) -> Path:
        return self.folder / name

    def _wait(self, name: str, arrived: Callable[[], bool], why: str, within_s: float) -> None:
        until_s = time.monotonic() + within_s
        while not arrived():
            self.check()
            if time.monotonic() > until_s:
                raise RigError(f"{name}: {why}\n{self._last_lines(name)}")
            time.sleep(POLL_S)

    def _last_lines(self, name: str) -> str:
        return "\n".join(self.output(name).read_text(errors="replace").splitlines()[-20:])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_s_of(pid: int) -> float:
    """User and system time of a process that nobody has waited for yet, from proc_pid_stat(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
