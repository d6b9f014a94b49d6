# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The command line of `green-qwen`."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Iterable

from green_common import __version__
from green_common.errors import GreenError

# A folder a command, in the order in which --help shows them.
COMMANDS = (
    "bench",
    "config",
    "demo",
    "doctor",
    "receipt",
    "report",
    "top",
    "tune",
)


def main(argv: list[str] | None = None) -> int:
    words = sys.argv[1:] if argv is None else argv
    # The one that is asked for needn't wait until all others are loaded.
    named = tuple(name for name in words[:1] if name in COMMANDS)
    arguments = parser_of(named or COMMANDS).parse_args(words)
    try:
        code = int(arguments.run(arguments))
        sys.stdout.flush()
        return code
    except GreenError as error:
        print(f"green-qwen: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # Whoever read has gone, as in `green-qwen doctor | head`; Python would complain again at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


def parser_of(names: Iterable[str] = COMMANDS) -> argparse.ArgumentParser:
    """That of the command line, with these commands."""
    parser = _Parser(prog="green-qwen", description="Shows what your model server's energy is spent on.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name in names:
        importlib.import_module(f"green_qwen.{name}").add_to(commands)
    return parser


class _Parser(argparse.ArgumentParser):
    """argparse exits with 2; sysexits.h has a number for a wrong command line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        self.exit(os.EX_USAGE, f"{self.prog}: {message}\n")


if __name__ == "__main__":
    sys.exit(main())
