# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen demo`: the same dialogues before and after, measured side by side."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import Any

from green_qwen.values import number, whole

CLIENTS_MOST = 256
LOAD_S_MOST = 3600
TUNE_S_MOST = 600


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "demo",
        help="run the same load before and after, and show what it saved",
        description="Runs the same dialogues without and with green-qwen and prints both side by side. "
        "Uses this machine's GPU and Ollama where both are there, else the simulation; never changes "
        "the clocks of a real GPU unless run as root with --lower-clocks.",
    )
    parser.add_argument(
        "--clients", type=whole(1, CLIENTS_MOST), default=16, metavar="N", help="how many talk at once (16)"
    )
    parser.add_argument(
        "--load-s",
        type=number(1, LOAD_S_MOST),
        default=25.0,
        metavar="SECONDS",
        help="load before and after (25)",
    )
    parser.add_argument(
        "--tune-s",
        type=number(0, TUNE_S_MOST),
        default=25.0,
        metavar="SECONDS",
        help="a short tune of the simulation's slots first (25; 0 leaves it out)",
    )
    parser.add_argument("--simulate", action="store_true", help="use the simulation even where a GPU is")
    parser.add_argument("--lower-clocks", action="store_true", help="as root: let green-idle rest a real GPU")
    parser.add_argument("--json", action="store_true", help="print one JSON object; all else goes to stderr")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    # Their libraries take a moment, for which --help needn't wait and in which Ctrl-C comes too.
    import asyncio

    from green_qwen.demo.play import Plan, play
    from green_qwen.demo.stop import until_stopped

    plan = Plan(
        clients=arguments.clients,
        load_s=arguments.load_s,
        simulate=arguments.simulate,
        lower_clocks=arguments.lower_clocks,
        tune_s=arguments.tune_s,
        as_json=arguments.json,
    )
    code = asyncio.run(until_stopped(play(plan)))
    # A closed terminal has no reader.
    if code not in (os.EX_OK, 128 + signal.SIGHUP):
        print(
            "\nstopped; everything that the demo started has ended",
            file=sys.stderr if arguments.json else None,
        )
    return code
