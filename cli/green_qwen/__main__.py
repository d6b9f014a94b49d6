# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The command line of `green-qwen`."""

from __future__ import annotations

import argparse
import os
import sys

from green_common import __version__
from green_common.errors import GreenError
from green_qwen import bench, config, demo, doctor, receipt, report, top

# A folder a command, in the order in which --help shows them.
COMMANDS = (
    bench.add_to,
    config.add_to,
    demo.add_to,
    doctor.add_to,
    receipt.add_to,
    report.add_to,
    top.add_to,
)


def main(argv: list[str] | None = None) -> int:
    arguments = parser_of().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except GreenError as error:
        print(f"green-qwen: {error}", file=sys.stderr)
        return error.exit_code


def parser_of() -> argparse.ArgumentParser:
    parser = _Parser(prog="green-qwen", description="Shows what your model server's energy is spent on.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for add_to in COMMANDS:
        add_to(commands)
    return parser


class _Parser(argparse.ArgumentParser):
    """argparse exits with 2; sysexits.h has a number for a wrong command line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        self.exit(os.EX_USAGE, f"{self.prog}: {message}\n")


if __name__ == "__main__":
    sys.exit(main())
