# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The command line of `green-qwen bench`."""

from __future__ import annotations

import argparse
from pathlib import Path

from green_qwen.values import number, table, whole

CLIENTS_MOST, DIALOGUES_MOST, PAIRS_MOST = 1024, 1_000_000, 100
HOURS_MOST, WINDOW_S_MOST = 24 * 30.0, 86_400.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """In the groups in which --help shows them."""
    _add_load(parser.add_argument_group("the load"))
    _add_arms(parser.add_argument_group("what is compared"))
    _add_quality(parser.add_argument_group("quality"))
    _add_outcome(parser.add_argument_group("what comes out"))


def _add_load(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--quick", action="store_true", help="two pairs of short windows, about two minutes on the simulation"
    )
    add("--clients", type=whole(1, CLIENTS_MOST), default=50, metavar="N", help="how many talk at once (50)")
    add("--dialogues", type=whole(1, DIALOGUES_MOST), metavar="N", help="how many in each run (500)")
    add(
        "--window-s",
        type=number(1, WINDOW_S_MOST),
        metavar="SECONDS",
        help="measure so long in each run, instead of counting dialogues",
    )
    add(
        "--warm-up-most-s",
        type=number(1, WINDOW_S_MOST),
        metavar="SECONDS",
        help="measure after so long, also where not every client had an answer (180)",
    )
    add("--rest-s", type=number(1, WINDOW_S_MOST), metavar="SECONDS", help="how long idle power is read (20)")
    add("--pairs", type=whole(1, PAIRS_MOST), metavar="N", help="runs of each arm, in turn (3; quick: 2)")
    add("--seed", type=whole(0, 2**31), default=7, metavar="N", help="of the dialogues (7)")
    add("--load", type=Path, metavar="FILE", help="your own dialogues, one a line as JSON")
    add("--turns", type=whole(1, 100), default=1, metavar="N", help="most turns of a mixed dialogue (1)")
    add("--letters", action="store_true", help="prompts of letters, for a model of random weights")
    add(
        "--fields",
        type=table,
        default={},
        metavar="JSON",
        help='more fields of each request, such as {"think": false}',
    )


def _add_arms(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--simulate", action="store_true", help="use the simulation even where a GPU is")
    add("--before", metavar="URL", help="a model server that runs, for before")
    add("--after", metavar="URL", help="a green-proxy, or another server, that runs, for after")
    add("--before-command", metavar="COMMAND", help="starts the server for before; holds {port}")
    add("--after-command", metavar="COMMAND", help="starts the server for after, behind green-proxy")
    add(
        "--restart-ollama", action="store_true", help="as root: ollama.service without its drop-in for before"
    )
    add("--yes", action="store_true", help="don't ask before ollama.service is restarted")
    add("--only", choices=("before", "after", "quality"), help="measure that alone, for --compare")
    add("--model", default="", metavar="NAME", help="which model (a qwen3 where there is one)")
    add("--api", choices=("ollama", "openai"), default="", help="how to ask (as the server tells)")
    add("--gpu", default="", metavar="GPU", help="number or UUID of the GPU that counts (all)")
    add("--lower-clocks", action="store_true", help="as root: let green-idle rest a real GPU in after")
    add("--hours", type=number(0.01, HOURS_MOST), metavar="H", help="a soak: after alone, for so long")


def _add_quality(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--quality-command",
        metavar="COMMAND",
        help="starts a llama-server for the quality row; holds {port} and {kv_cache}",
    )
    add("--kv-cache", default="q8_0", metavar="TYPE", help="cache type that is held against f16 (q8_0)")
    add(
        "--quality",
        nargs=2,
        metavar=("F16", "CHOSEN"),
        help="addresses of two llama-servers that run, instead of --quality-command",
    )


def _add_outcome(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="where bench.json, .csv and .html go (green-qwen-bench-DATE)",
    )
    add("--json", action="store_true", help="print the result as JSON instead of the table")
    add("--join", nargs="+", type=Path, metavar="FILE", help="saved results of the same comparison as one")
    add("--compare", nargs=2, type=Path, metavar=("A", "B"), help="two saved results beside each other")
