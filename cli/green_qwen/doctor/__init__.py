# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen doctor`: what is wrong, and the command that mends it."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from typing import Any

from green_qwen.doctor.finding import Finding, finding_lines
from green_qwen.doctor.parking import check_parking
from green_qwen.doctor.retention import check_retention

# One module each; all of them only look.
CHECKS: tuple[Callable[[], Finding], ...] = (check_retention, check_parking)
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
    findings = [check() for check in CHECKS]
    for finding in findings:
        lines = [json.dumps(finding.fields())] if arguments.json else finding_lines(finding)
        print("\n".join(lines))
    return os.EX_OK if all(finding.well for finding in findings) else SOMETHING_FOUND
