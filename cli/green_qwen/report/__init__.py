# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen report`: what the joules of a time were spent on, from the journal."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

from green_common.config import load_config
from green_common.errors import UnavailableError
from green_common.estimates import Estimates
from green_common.history import journalctl_path
from green_qwen.report.books import Books, groupings_of
from green_qwen.report.forms import as_csv, as_object
from green_qwen.report.groups import DIMENSIONS
from green_qwen.report.intake import Intake
from green_qwen.report.notes import notes_of
from green_qwen.report.page import VIEWS, page_of
from green_qwen.report.progress import Progress
from green_qwen.report.reading import Reading, nothing_found
from green_qwen.report.result import Range, Result, result_of
from green_qwen.report.sheet import sheet_lines
from green_qwen.report.source import Source, resolved_s
from green_qwen.terminal.paint import Paint, wants_colour


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "report",
        help="show what joules were spent on, from the journal",
        description="Adds up receipts and windows of the journal: energy, tokens, what was thrown away. "
        "Only entries count that the journal itself says green-telemetry.service wrote.",
    )
    parser.add_argument(
        "--by",
        type=_dimensions,
        default=("day",),
        metavar="NAME[,NAME...]",
        help=f"one row for each {', '.join(DIMENSIONS)}, or several of them; day unless given",
    )
    _add_range(parser)
    parser.add_argument("--simulated", action="store_true", help="count what a simulation has written")
    parser.add_argument("--html", metavar="FILE", help="write a page with plots as well")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--csv", action="store_true", help="print the rows as CSV")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Raises UsageError, UnavailableError, NotPermittedError, ConfigError."""
    # Nothing needs tidying up: Ctrl-C and a reader that left end it at once, and journalctl with it.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    telemetry = load_config(None, os.environ).config.telemetry
    estimates = Estimates(telemetry.pue, telemetry.price_per_kwh, telemetry.carbon_g_per_kwh)
    source = Source(
        arguments.since, arguments.until, tuple(arguments.file), arguments.directory, arguments.merge
    )
    result = _read(source, arguments, estimates)
    if arguments.html is not None:
        _write_page(result, Path(arguments.html))
    if arguments.json:
        print(json.dumps(as_object(result)))
    elif arguments.csv:
        print(as_csv(result), end="")
        for note in result.notes:
            print(f"note: {note.text}", file=sys.stderr)
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        print("\n".join(sheet_lines(result, Paint(colour=wants_colour(sys.stdout)), width)))
    return os.EX_OK


def _add_range(parser: argparse.ArgumentParser) -> None:
    asked = parser.add_argument_group("which entries, in journalctl's own words")
    asked.add_argument(
        "-S", "--since", metavar="TIME", help="from this time on, as --since=-2h or 'yesterday'"
    )
    asked.add_argument("-U", "--until", metavar="TIME", help="up to this time")
    asked.add_argument(
        "-i",
        "--file",
        action="append",
        default=[],
        metavar="FILE",
        help="read this journal file, or those of a pattern",
    )
    asked.add_argument("-D", "--directory", metavar="DIR", help="read the journal files in this folder")
    asked.add_argument("-m", "--merge", action="store_true", help="read other machines' journals here too")


def _read(source: Source, arguments: argparse.Namespace, estimates: Estimates) -> Result:
    since_s, until_s = resolved_s(source.since), resolved_s(source.until)
    intake = Intake(lambda: Books(groupings_of(arguments.by, *(VIEWS if arguments.html else ())), since_s))
    reading = Reading(source.command(journalctl_path()))
    with Progress(sys.stderr) as progress:
        for fields in reading.entries():
            intake.take(fields)
            progress.show(intake)
    reading.check(found=intake.count > 0)
    books = intake.simulated if arguments.simulated or not intake.real.count else intake.real
    if not books.count:
        raise nothing_found(source, intake.looked_alike)
    asked = Range(source.since, source.until, since_s, until_s, None, None)
    notes = notes_of(intake, books, reading.said, reading.too_long)
    return result_of(intake, books, arguments.by, estimates, asked, notes)


def _write_page(result: Result, path: Path) -> None:
    try:
        page_of(result, time.time()).write(path)
    except OSError as error:
        raise UnavailableError(f"{path}: {error.strerror}; name a file that can be written") from error
    print(f"written: {path}", file=sys.stderr)


def _dimensions(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in DIMENSIONS:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(DIMENSIONS)}")
    return names
