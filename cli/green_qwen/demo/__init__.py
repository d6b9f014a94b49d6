# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen demo`: the same dialogues before and after, measured side by side."""

from __future__ import annotations

import argparse
import asyncio
import os
from typing import Any

from green_qwen.demo.play import Plan, play


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "demo",
        help="run the same load before and after, and show what it saved",
        description="Runs the same dialogues without and with green-qwen and prints both side by side. "
        "Uses this machine's GPU and Ollama where both are there, else the simulation; never changes "
        "the clocks of a real GPU unless run as root with --lower-clocks.",
    )
    parser.add_argument("--clients", type=int, default=16, help="how many talk at once (16)")
    parser.add_argument("--load-s", type=float, default=35.0, help="seconds of load before and after (35)")
    parser.add_argument("--simulate", action="store_true", help="use the simulation even where a GPU is")
    parser.add_argument("--lower-clocks", action="store_true", help="as root: let green-idle rest a real GPU")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    plan = Plan(
        clients=arguments.clients,
        load_s=arguments.load_s,
        simulate=arguments.simulate,
        lower_clocks=arguments.lower_clocks,
    )
    try:
        asyncio.run(play(plan))
    except KeyboardInterrupt:
        print("\nstopped; everything that the demo started has ended")
        return 128 + 2
    return os.EX_OK
