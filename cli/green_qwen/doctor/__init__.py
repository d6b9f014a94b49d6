# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen doctor`: what is wrong, and the command that mends it."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

SOMETHING_FOUND = 1


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "doctor",
        help="say what is wrong, and the command that mends it",
        description="Looks at this machine, changes nothing, says what is wrong and which command mends it.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a finding")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    # What they look with takes a moment, for which other commands needn't wait.
    from green_qwen.doctor.checks import find_all
    from green_qwen.doctor.finding import finding_lines

    well = True
    for finding in find_all():
        lines = [json.dumps(finding.fields())] if arguments.json else finding_lines(finding)
        print("\n".join(lines))
        well &= finding.well
    return os.EX_OK if well else SOMETHING_FOUND
