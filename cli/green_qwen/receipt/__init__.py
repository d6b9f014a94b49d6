# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen receipt ID`: what one request cost."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from typing import Any

from green_common.config import load_config
from green_common.errors import GreenError, UnavailableError
from green_common.history import query_of_receipt, read_history
from green_qwen.live import LiveSocket
from green_qwen.receipt.sheet import sheet_lines


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "receipt",
        help="show what one request cost",
        description="Shows the receipt of a request: joules by phase, tokens, how sure the figures are. "
        "Asks the running green-telemetry first, then the journal.",
    )
    parser.add_argument("request", metavar="ID", help="what the answer's header X-Green-Request-Id said")
    parser.add_argument("--json", action="store_true", help="print it as one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Raises UnavailableError where there is no such receipt."""
    found = find_receipt(arguments.request, load_config(None, os.environ).config.telemetry.live_socket)
    if arguments.json:
        print(json.dumps(found))
    else:
        print("\n".join(sheet_lines(found)))
    return os.EX_OK


def find_receipt(request: str, live_socket: str) -> dict[str, Any]:
    """Raises UnavailableError that says where it was looked for."""
    why = ""
    try:
        found = LiveSocket(live_socket).receipt(request)
        if found is not None:
            return found
    except GreenError as error:
        why = f"\n{error}"
    with contextlib.closing(read_history(query_of_receipt(request))) as entries:
        for entry in entries:
            return entry
    raise UnavailableError(
        f"no receipt of request {request}: neither green-telemetry nor the journal, as far as this user may "
        f"read it, has one; it is written some seconds after the answer's end{why}"
    )
