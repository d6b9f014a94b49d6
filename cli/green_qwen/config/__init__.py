# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen config`: whether the configuration of all three services is right, and what is in force."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import attrs

from green_common.config import (
    DEFAULT_PATH,
    Config,
    LoadedConfig,
    effective_lines,
    load_config,
    salvage_config,
)
from green_common.errors import ConfigError


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser(
        "config",
        help="check the configuration, or show it",
        description="Checks the configuration of all three services as they would at their start, or shows "
        "each value that is in force and where it comes from.",
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="check|show")
    for name, does, run in (
        ("check", "say what is wrong with it", check),
        ("show", "print every value and where it comes from", show),
    ):
        action = actions.add_parser(name, help=does, description=f"{does[0].upper()}{does[1:]}.")
        action.add_argument("--config", type=Path, metavar="PATH", help=f"instead of {DEFAULT_PATH}")
        action.add_argument("--json", action="store_true", help="print it as one JSON object")
        action.set_defaults(run=run)


def check(arguments: argparse.Namespace) -> int:
    """One schema is all three services'; raises ConfigError with one line a fault."""
    faults, notes = find_faults(arguments.config)
    if arguments.json:
        print(json.dumps({"ok": not faults, "faults": faults, "notes": notes}))
        return os.EX_CONFIG if faults else os.EX_OK
    if faults:
        raise ConfigError("\n".join(faults))
    path = arguments.config or DEFAULT_PATH
    print(f"OK: {path}" if path.exists() else f"OK: {path} is not there, so the defaults are in force")
    print("\n".join(notes), end="\n" if notes else "")
    return os.EX_OK


def show(arguments: argparse.Namespace) -> int:
    """Raises ConfigError: of what is wrong there is nothing in force."""
    loaded = load_config(arguments.config, os.environ)
    print(
        json.dumps(loaded_fields(loaded)) if arguments.json else "\n".join(effective_lines(loaded)).rstrip()
    )
    return os.EX_OK


def find_faults(path: Path | None) -> tuple[list[str], list[str]]:
    """Of the files and variables, and of the keys that they name; what could not be looked at is noted."""
    faults = []
    try:
        config = load_config(path, os.environ).config
    except ConfigError as error:
        faults = str(error).splitlines()
        config = salvage_config(path, os.environ).config
    try:
        notes = _check_keys(config)
    except ConfigError as error:
        return [*faults, *str(error).splitlines()], []
    return faults, notes


def loaded_fields(loaded: LoadedConfig) -> dict[str, dict[str, dict[str, Any]]]:
    """By table and key: the value and its origin."""
    values = attrs.asdict(loaded.config)
    return {
        table: {
            key: {"value": value, "origin": loaded.origins[f"{table}.{key}"]} for key, value in keys.items()
        }
        for table, keys in values.items()
    }


def _check_keys(config: Config) -> list[str]:
    """The proxy's, by its own rules; what others may not read is not for everybody to check."""
    from green_proxy.door.keys_file import read_keys

    path = Path(config.proxy.keys_file)
    try:
        there = path.exists()
    except PermissionError:
        there = True
    if there and not os.access(path, os.R_OK):
        return [f"proxy.keys_file {path} was not looked at: sudo green-qwen config check"]
    if there:
        read_keys(path)
    return []
