# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen top`: what happens now, and what it costs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from green_common.config import load_config
from green_common.errors import UnavailableError, UsageError

# What is not there by then is left out: a script must not hang.
ONCE_S = 2.0
WIDTH = 80


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "top",
        help="show what happens now: power, phases, requests in flight",
        description="Shows power, phases and requests in flight as they are now, from green-telemetry's live "
        "socket, or from the GPU's driver alone where it does not run. q ends it, p stops the picture.",
    )
    parser.add_argument("--once", action="store_true", help="print one frame, and exit")
    parser.add_argument("--json", action="store_true", help="with --once: print it as one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Raises UsageError without a terminal, UnavailableError where --once finds no GPU."""
    if arguments.json and not arguments.once:
        raise UsageError("--json goes with --once: green-qwen top --once --json")
    if not arguments.once and not _is_terminal():
        raise UsageError("top draws on a terminal, and this is none: green-qwen top --once")
    config = load_config(None, os.environ).config
    # Later: what the live view needs takes a moment, for which --help needn't wait.
    if not arguments.once:
        from green_qwen.top.watching import watch

        return watch(config)
    _print_once(config, as_json=arguments.json)
    return os.EX_OK


def _is_terminal() -> bool:
    """One that can place what is written."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _print_once(config: Any, *, as_json: bool) -> None:
    from green_qwen.terminal.paint import Paint, wants_colour
    from green_qwen.top.frame import frame_lines
    from green_qwen.top.sources import Sources
    from green_qwen.top.spark import signs_for
    from green_qwen.top.view import view_fields

    sources = Sources(config, lambda: None)
    sources.start()
    sources.wait(ONCE_S)
    view = sources.view()
    if not view.gpus:
        raise UnavailableError("\n".join(view.notes) or f"no GPU was read within {ONCE_S:g} s")
    if as_json:
        print(json.dumps(view_fields(view)))
        return
    width = os.get_terminal_size().columns if sys.stdout.isatty() else WIDTH
    paint = Paint(colour=wants_colour(sys.stdout))
    print("\n".join(frame_lines(view, width or WIDTH, None, paint, signs_for(sys.stdout.encoding))))
