# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen tune`: measures this GPU with this model, and writes the setting with most tokens per joule."""

from __future__ import annotations

import argparse
from typing import Any

from green_qwen.values import number, span, table, whole


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "tune",
        help="measure this GPU with this model, and write the setting that yields most tokens per joule",
        description="Starts the model server with one setting after another, puts the same load on each, and "
        "takes the one with most tokens per joule within your limits. Shows the changes and asks before it "
        "restarts or writes anything; --undo takes all of it back.",
    )
    _add_limits(parser)
    _add_search(parser)
    _add_server(parser)
    _add_outcome(parser)
    parser.set_defaults(run=run)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("limits")
    add = group.add_argument
    add("--max-first-token-s", type=number(0.001, 86400), metavar="SECONDS", help="P95 to the first token")
    add("--max-between-tokens-ms", type=number(0.1, 1e6), metavar="MS", help="P95 between two tokens")
    add(
        "--context",
        type=whole(256, 1 << 24),
        default=8192,
        metavar="TOKENS",
        help="context that each slot has to have (8192)",
    )
    add("--allow-lossy-cache", action="store_true", help="q8_0 or q4_0 may be chosen for the KV cache")
    add("--allow-no-thinking", action="store_true", help="thinking may be switched off for the model")


def _add_search(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("search")
    add = group.add_argument
    add("--budget", type=number(0.1, 1440), default=10.0, metavar="MINUTES", help="time for all of it (10)")
    add(
        "--clients",
        type=whole(1, 1024),
        default=50,
        metavar="N",
        help="how many ask at once (50)",
    )
    add("--window-s", type=number(1, 3600), default=10.0, metavar="SECONDS", help="the shortest window (10)")
    add(
        "--warm-up-s",
        type=number(0, 3600),
        default=8.0,
        metavar="SECONDS",
        help="load before each window (8)",
    )
    add(
        "--prompts",
        type=span,
        default=(100, 1180),
        metavar="LEAST-MOST",
        help="tokens of the load's prompts (100-1180)",
    )
    add(
        "--answers",
        type=span,
        default=(64, 192),
        metavar="LEAST-MOST",
        help="tokens of its answers (64-192)",
    )
    add("--seed", type=whole(0, 1 << 31), default=7, metavar="N", help="of the load (7)")
    add("--resume", action="store_true", help="go on with an interrupted search")
    add("--state", metavar="DIR", help="folder for what was measured, logs, and what --undo needs")


def _add_server(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("server")
    add = group.add_argument
    add("--model", default="", metavar="NAME", help="as the server names it (its first qwen3)")
    add("--gpu", default="", metavar="GPU", help="index or UUID (all)")
    add(
        "--server-command",
        metavar="TEMPLATE",
        help="measure this and not ollama.service: a command with {port} and {slots}, see green-qwen(1)",
    )
    add("--extra-fields", type=table, default={}, metavar="JSON", help="fields for the body of each request")
    add("--characters", action="store_true", help="the model's tokens are characters (random weights)")
    add(
        "--ready-within-s",
        type=number(1, 3600),
        default=300.0,
        metavar="SECONDS",
        help="how long the command may take to be ready (300)",
    )
    add("--simulate", action="store_true", help="the simulation, even where a GPU and an Ollama are")
    add("--simulated-card", default="h100", metavar="CARD", help="h100, or a number that draws one")


def _add_outcome(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("outcome")
    add = group.add_argument
    add("--yes", action="store_true", help="ask nothing: restart and write")
    add("--dry-run", action="store_true", help="measure and show what would be written, but write nothing")
    add(
        "--idle", action="store_true", help="instead: have green-idle measure which clocks save power at rest"
    )
    add("--undo", action="store_true", help="take back what the last tune wrote")
    add("--force", action="store_true", help="also files that somebody changed since")
    add("--root", default="/", metavar="DIR", help="write below this folder and restart nothing")
    add("--json", action="store_true", help="one JSON object; what goes on is told on stderr")


def run(arguments: argparse.Namespace) -> int:
    # Their libraries take a moment, for which --help needn't wait.
    if arguments.idle:
        from green_qwen.tune.idle import calibrate

        return calibrate(arguments)
    from green_qwen.tune.tuning import tune

    return tune(arguments)
