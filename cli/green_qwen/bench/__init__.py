# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen bench`: the same load before and after, repeated, with its proof in files."""

from __future__ import annotations

import argparse
import os
from typing import Any

from green_qwen.bench.arguments import add_arguments


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "bench",
        help="measure the same load before and after, with confidence intervals",
        description="Runs the same mixed dialogues against the model server itself and through green-proxy, "
        "in turn and repeatedly, and prints power, yield, latency and energy side by side. Restarts nothing "
        "unless asked to. Uses the simulation where there is no GPU or no Ollama.",
    )
    add_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    return _saved(arguments) if arguments.join or arguments.compare else _measure(arguments)


def _saved(arguments: argparse.Namespace) -> int:
    """Of results that were saved before."""
    from green_qwen.bench.files import write_files
    from green_qwen.bench.play import show
    from green_qwen.bench.result import joined, together
    from green_qwen.bench.saved import read_result

    results = [read_result(path) for path in arguments.join or arguments.compare]
    result = joined(results) if arguments.join else together(*results)
    show(result, as_json=arguments.json)
    if arguments.out:
        write_files(result, arguments.out)
    return 1 if result.faults() else os.EX_OK


def _measure(arguments: argparse.Namespace) -> int:
    # Their libraries take a moment, for which --help needn't wait.
    import asyncio

    from green_qwen.bench.play import play
    from green_qwen.demo.stop import until_stopped

    return asyncio.run(until_stopped(play(arguments)))
