# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen tune --idle`: has green-idle measure which clocks save power, and follows it to its verdict."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from green_common.config import load_config
from green_common.config.schema import IdleConfig
from green_common.errors import ConfigError, NotPermittedError, UnavailableError
from green_qwen.idle_state import CALIBRATING, GpuClocks, IdleState, read_idle_state

# green-idle looks for a file of this name in its state folder.
REQUEST = "calibrate"
LOOK_EVERY_S = 1.0
# What green-idle has to say of a GPU that it will not measure.
NEVER = ("rests", "cannot", "rival", "lost", "not_obeyed", "gpu_error")
# A GPU that rests by itself needs no verdict.
FINE = ("rests",)
TAKEN_WITHIN_S = 10.0


def calibrate(arguments: argparse.Namespace) -> int:
    """Ask, follow, and print what was found; `arguments.json` prints one object at the end."""
    config = load_config(None, os.environ).config.idle
    _demand(config)
    asked_unix_s = _ask(Path(config.state))
    tell = _Teller(quiet=arguments.json)
    state = follow(lambda: read_idle_state(config.held_file), asked_unix_s, tell)
    if arguments.json:
        print(json.dumps(as_json(state, asked_unix_s)))
    return os.EX_OK if all(is_fine(gpu, asked_unix_s) for gpu in state.gpus) else os.EX_UNAVAILABLE


def follow(
    read: Callable[[], IdleState | None], asked_unix_s: float, tell: Callable[[str], None]
) -> IdleState:
    """Look again and again until all is measured that will be; raises UnavailableError where it ended."""
    tell("asked green-idle to measure; it needs quiet minutes, and any request interrupts it")
    while True:
        state = read()
        if state is None:
            raise UnavailableError("green-idle ended meanwhile: systemctl status green-idle")
        for gpu in state.gpus:
            tell(line_of(gpu, asked_unix_s, simulated=state.simulated))
        if all(is_over(gpu, asked_unix_s) for gpu in state.gpus):
            return state
        time.sleep(LOOK_EVERY_S)


def line_of(gpu: GpuClocks, asked_unix_s: float, *, simulated: bool) -> str:
    """What there is to say of a GPU now."""
    name, mark = f"GPU {gpu.index}", " (simulated)" if simulated else ""
    if has_verdict(gpu, asked_unix_s):
        if gpu.arm == "own":
            return f"{name}: its own clocks draw {gpu.own_w:.1f} W{mark}; lower ones save no more than chance"
        clocks = "the SM and the memory clock" if gpu.arm == "sm_and_memory" else "the SM clock"
        return f"{name}: lowering {clocks} saves {gpu.saved_w:.1f} W of {gpu.own_w:.1f} W{mark}"
    if gpu.state == CALIBRATING:
        return f"{name}: measuring, {gpu.progress or 0.0:.0%} done"
    if gpu.cause in NEVER:
        return f"{name}: not measured: {gpu.say}"
    return f"{name}: waits for quiet ({gpu.say})"


def as_json(state: IdleState, asked_unix_s: float) -> dict[str, object]:
    """For a machine."""
    return {
        "simulated": state.simulated,
        "gpus": [
            {
                "gpu": gpu.uuid,
                "index": gpu.index,
                "measured": has_verdict(gpu, asked_unix_s),
                "arm": gpu.arm,
                "own_w": gpu.own_w,
                "saved_w": gpu.saved_w,
                "cause": gpu.cause,
                "say": gpu.say,
            }
            for gpu in state.gpus
        ],
    }


def has_verdict(gpu: GpuClocks, asked_unix_s: float) -> bool:
    return gpu.found_unix_s is not None and gpu.found_unix_s >= asked_unix_s


def is_over(gpu: GpuClocks, asked_unix_s: float) -> bool:
    return has_verdict(gpu, asked_unix_s) or (gpu.cause in NEVER and gpu.state != CALIBRATING)


def is_fine(gpu: GpuClocks, asked_unix_s: float) -> bool:
    return has_verdict(gpu, asked_unix_s) or gpu.cause in FINE


def _demand(config: IdleConfig) -> None:
    if not config.calibrate:
        raise ConfigError("idle.calibrate is false; set it to true and reload green-idle")
    if read_idle_state(config.held_file) is None:
        raise UnavailableError("green-idle is not running: sudo systemctl start green-idle")


def _ask(folder: Path) -> float:
    """The time at which it was asked, once green-idle has taken the request."""
    request, asked_unix_s = folder / REQUEST, time.time()
    try:
        request.touch()
    except PermissionError as error:
        raise NotPermittedError(f"{folder} is root's: sudo green-qwen tune --idle") from error
    except OSError as error:
        raise UnavailableError(f"{request}: can't be written: {error.strerror}") from error
    until_s = time.monotonic() + TAKEN_WITHIN_S
    while request.exists():
        if time.monotonic() > until_s:
            request.unlink(missing_ok=True)
            raise UnavailableError("green-idle does not answer: systemctl status green-idle")
        time.sleep(0.1)
    return asked_unix_s


class _Teller:
    """Says each line once, for a person; on stderr where stdout is for a machine."""

    def __init__(self, *, quiet: bool) -> None:
        self._stream = sys.stderr if quiet else sys.stdout
        self._said: set[str] = set()

    def __call__(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            print(line, file=self._stream, flush=True)
