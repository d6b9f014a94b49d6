# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The command green-proxy."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from green_common import process
from green_common.config import Config
from green_proxy.daemon import run
from green_proxy.door.keys import new_key
from green_proxy.door.keys_file import add_line


def show_new_key(config: Config, name: str, *, kind: str) -> int:
    """Make a key, print it this once, and keep its hash in proxy.keys_file."""
    key, line = new_key(name, kind)
    add_line(Path(config.proxy.keys_file), line, config.feed.group)
    sys.stdout.write(f"{key}\n")
    return os.EX_OK


def new_personal_key(config: Config, name: str) -> int:
    return show_new_key(config, name, kind="personal")


def new_shared_key(config: Config, name: str) -> int:
    return show_new_key(config, name, kind="shared")


DAEMON = process.Daemon(
    name="green-proxy",
    purpose="Shapes what reaches the model server, and tells the other daemons what is in flight.",
    run=run,
    actions=(
        process.Action(
            "--new-key",
            "make an API key for one person, print it, keep its hash in proxy.keys_file, and exit",
            new_personal_key,
            takes="NAME",
        ),
        process.Action(
            "--new-shared-key",
            "the same for a front end with many users, whose conversations it can't tell apart",
            new_shared_key,
            takes="NAME",
        ),
    ),
)


def main(argv: list[str] | None = None) -> int:
    return process.main(DAEMON, argv)


if __name__ == "__main__":
    sys.exit(main())
