# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The terminal's alternate screen: taken over, drawn on, and given back whatever happens."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import termios
import tty
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Any

# ECMA-48, and DEC's private modes 1049 (alternate screen) and 25 (cursor), which every terminal of today has.
ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[0m\x1b[?25h\x1b[?1049l"
HOME, CLEAR_LINE, CLEAR_BELOW = "\x1b[H", "\x1b[K", "\x1b[J"
STOPS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)


class Screen:
    """A context manager; keys come one by one without Enter, and signals as names of what they ask."""

    def __init__(self, keyboard: int, display: int) -> None:
        self._keyboard = keyboard
        self._display = display
        self._before: list[Any] = []
        self._handlers: dict[int, Any] = {}
        self._came: list[int] = []
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    @property
    def stopped_by(self) -> int | None:
        """The signal that asked for an end."""
        return next((number for number in self._came if number in STOPS), None)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines; 80 and 24 where a terminal does not know."""
        columns, lines = os.get_terminal_size(self._display)
        return columns or 80, lines or 24

    def wake(self) -> None:
        """End a `wait`; from any thread."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b"\0")

    def wait(self, seconds: float) -> str:
        """The keys that were pressed until something happened or the time was over."""
        readable, _, _ = select.select([self._keyboard, self._wake_read], [], [], seconds)
        if self._wake_read in readable:
            os.read(self._wake_read, 4096)
        if signal.SIGTSTP in self._came:
            self._came.remove(signal.SIGTSTP)
            self._pause()
        if self._keyboard not in readable:
            return ""
        # Nothing at all is a terminal that was hung up.
        return os.read(self._keyboard, 64).decode(errors="replace") or "q"

    def draw(self, lines: Iterable[str]) -> None:
        """In one write, over what is there: so nothing flickers, and a slow line is sent once."""
        placed = (f"\x1b[{number};1H{line}{CLEAR_LINE}" for number, line in enumerate(lines, 1))
        self._write(f"{HOME}{''.join(placed)}{CLEAR_BELOW}")

    def __enter__(self) -> Screen:
        self._before = termios.tcgetattr(self._keyboard)
        for number in (*STOPS, signal.SIGTSTP, signal.SIGWINCH):
            # What was ignored stays so: that is how nohup works.
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._handlers[number] = signal.signal(number, self._note)
        try:
            self._take()
        except BaseException:
            self._give_back()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_back()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._came.append(number)
        self.wake()

    def _take(self) -> None:
        tty.setcbreak(self._keyboard, termios.TCSADRAIN)
        self._write(ENTER)

    def _give_back(self) -> None:
        # A terminal that is gone takes nothing back.
        with contextlib.suppress(OSError):
            self._write(LEAVE)
        with contextlib.suppress(termios.error):
            termios.tcsetattr(self._keyboard, termios.TCSADRAIN, self._before)

    def _pause(self) -> None:
        """Ctrl-Z: the shell gets its screen back, and we get it again with `fg`."""
        self._give_back()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._note)
        self._take()

    def _write(self, text: str) -> None:
        data = text.encode(errors="replace")
        while data:
            data = data[os.write(self._display, data) :]
