# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A program on a pseudo-terminal, watched as its user would: frames, keys, and what is left behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from green_qwen.top.screen import ENTER, HOME, LEAVE
from integration.telemetry_rig import SOURCES

WAIT_S = 15.0
_PLACE = re.compile(r"\x1b\[[0-9]+;1H")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Terminal:
    """The user's end; `written` is all that came so far."""

    process: subprocess.Popen[bytes]
    display: int
    before: list[Any]
    slave: int
    began_s: float
    first_frame_s: float | None = None
    # What it had computed by then, which says more where many share the processors.
    first_frame_cpu_s: float | None = None
    written: str = ""
    # After its end: the shell's screen, its cursor and its settings are back.
    left_clean: bool = False

    @property
    def frame(self) -> list[str]:
        """The newest frame that is whole, without colours."""
        parts = self.written.split(HOME)
        shown = parts[-1] if parts[-1].endswith("\x1b[J") or LEAVE in parts[-1] else parts[-2]
        lines = _PLACE.split(shown.partition(LEAVE)[0])[1:]
        return [_CONTROL.sub("", line) for line in lines]

    @property
    def text(self) -> str:
        return "\n".join(self.frame)

    def read(self, seconds: float = 0.1) -> None:
        """Take in what comes within some time."""
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            if not select.select([self.display], [], [], left_s)[0]:
                return
            try:
                text = os.read(self.display, 65536).decode(errors="ignore")
            except OSError:
                return
            if HOME in text and self.first_frame_s is None:
                self.first_frame_s = time.monotonic() - self.began_s
                self.first_frame_cpu_s = self._cpu_s()
            self.written += text

    def _cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_for(self, true: Callable[[Terminal], Any], what: str) -> None:
        until_s = time.monotonic() + WAIT_S
        while time.monotonic() < until_s:
            self.read()
            if HOME in self.written and true(self):
                return
        raise AssertionError(f"still no {what} in:\n{self.text if HOME in self.written else self.written}")

    def press(self, keys: str) -> None:
        os.write(self.display, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    def ended(self) -> int:
        """Its exit code, once it has ended and all was read."""
        until_s = time.monotonic() + WAIT_S
        while self.process.poll() is None and time.monotonic() < until_s:
            self.read()
        self.read(0.2)
        entered, left = self.written.count(ENTER), self.written.count(LEAVE)
        self.left_clean = entered == left > 0 and termios.tcgetattr(self.slave) == self.before
        if self.process.poll() is None:
            raise AssertionError(f"it does not end; its threads are in:\n{self._stacks()}")
        return self.process.wait()

    def _stacks(self) -> str:
        """What Python's own fault handler says of a process that hangs; it ends of that."""
        said = len(self.written)
        self.process.send_signal(signal.SIGABRT)
        self.read(1.0)
        return self.written[said:]


@contextlib.contextmanager
def terminal(
    *arguments: str,
    environ: Mapping[str, str],
    program: Sequence[str] = (sys.executable, "-m", "green_qwen"),
) -> Iterator[Terminal]:
    """Run green-qwen, or another program, in one of 80 columns and 24 lines until the end of the block."""
    display, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    before = termios.tcgetattr(slave)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("GREEN_", "OLLAMA_"))}
    began_s = time.monotonic()
    process = subprocess.Popen(
        [*program, *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=_own_terminal,
        env={
            **own,
            "PYTHONPATH": SOURCES,
            "TERM": "xterm-256color",
            "PYTHONUTF8": "1",
            "PYTHONFAULTHANDLER": "1",
            **environ,
        },
    )
    try:
        yield Terminal(process, display, before, slave, began_s)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(WAIT_S)
        os.close(display)
        os.close(slave)


def _own_terminal() -> None:
    """The terminal of its session, so that keys become signals there."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
