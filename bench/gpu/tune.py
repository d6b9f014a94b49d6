#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen tune` on a llama-server, with what it found, said and measured in one folder."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import shutil
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2] / folder) for folder in ("shared", "cli")]

from green_qwen.__main__ import main as green_qwen  # noqa: E402 - only found by the line before

# The weights are random: the end of a text comes at random too, and no cache may make a run cheaper.
FIELDS = '{"ignore_eos": true, "cache_prompt": false}'
SERVER_OPTIONS = "-ngl 99 --host 127.0.0.1 --port {port} -np {slots} -c {total_context}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog="All other options go to green-qwen tune.")
    parser.add_argument("out", type=Path, help="folder for what was measured")
    parser.add_argument("--server", required=True, help="llama-server")
    parser.add_argument("--model", required=True, help="its GGUF")
    given, options = parser.parse_known_args()
    given.out.mkdir(parents=True, exist_ok=True)
    command = shlex.join([given.server, "-m", given.model]) + f" {SERVER_OPTIONS}"
    arguments = ["tune", "--json", "--dry-run", "--yes", "--server-command", command]
    arguments += ["--extra-fields", FIELDS, "--characters", "--state", str(given.out / "state"), *options]
    try:
        with (given.out / "findings.jsonl").open("w") as found, contextlib.redirect_stdout(found):
            return green_qwen(arguments)
    finally:
        for log in (given.out / "state" / "logs").glob("*.log"):
            shutil.copy(log, given.out)


if __name__ == "__main__":
    sys.exit(main())
