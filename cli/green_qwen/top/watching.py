# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen top` on a terminal: draws whenever there is news, until q or a signal."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import time

from green_common.config import Config
from green_qwen.terminal.paint import Paint, wants_colour
from green_qwen.top.frame import frame_lines
from green_qwen.top.screen import Screen
from green_qwen.top.sources import GPUS, Sources
from green_qwen.top.spark import signs_for
from green_qwen.top.view import View

# However fast news come; and ages and the clock go on without any.
LEAST_S, LONGEST_S = 0.2, 1.0
# The first frame does not wait for those that are slow to answer.
FIRST_S = 0.2


def watch(config: Config) -> int:
    """The exit code: 0 after q, 128 and the signal's number else."""
    screen = Screen(sys.stdin.fileno(), sys.stdout.fileno())
    sources = Sources(config, screen.wake)
    sources.start()
    sources.wait(FIRST_S, GPUS)
    try:
        with screen:
            _show(screen, sources)
    except OSError:
        # The terminal is gone, and nobody is left to be told.
        return 128 + signal.SIGHUP
    return os.EX_OK if screen.stopped_by is None else 128 + screen.stopped_by


def _show(screen: Screen, sources: Sources) -> None:
    paint, signs = Paint(colour=wants_colour(sys.stdout)), signs_for(sys.stdout.encoding)
    paused: View | None = None
    while screen.stopped_by is None:
        view = paused or sources.view()
        screen.draw(frame_lines(view, *screen.size, paint, signs))
        keys = _keys(screen)
        if "q" in keys or "Q" in keys:
            return
        if "p" in keys:
            paused = None if paused else dataclasses.replace(sources.view(), paused=True)


def _keys(screen: Screen) -> str:
    """Wait for news, but not for less than what an eye can follow."""
    drawn_s = time.monotonic()
    keys = screen.wait(LONGEST_S)
    left_s = drawn_s + LEAST_S - time.monotonic()
    if not keys and left_s > 0 and screen.stopped_by is None:
        time.sleep(left_s)
    return keys
