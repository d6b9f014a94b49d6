# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The man pages name what there is."""

from __future__ import annotations

import argparse
from pathlib import Path
from types import ModuleType

import pytest

from green_common.config.schema import TABLES
from green_common.process import Daemon, parser_of
from green_idle.__main__ import DAEMON as IDLE
from green_proxy.__main__ import DAEMON as PROXY
from green_qwen import config, demo, doctor, receipt, report, top
from green_telemetry.__main__ import DAEMON as TELEMETRY

PAGES = Path(__file__).parents[3] / "docs" / "man"


@pytest.mark.parametrize("daemon", [PROXY, TELEMETRY, IDLE], ids=lambda daemon: daemon.name)
def test_every_option_of_a_daemon_is_in_its_page(daemon: Daemon) -> None:
    """All but --help, which speaks for itself."""
    page = (PAGES / f"{daemon.name}.8.scd").read_text()

    missing = [option for option in options_of(parser_of(daemon)) if f"*{option}*" not in page]

    assert missing == []


@pytest.mark.parametrize(
    "command", [config, demo, receipt, report, doctor, top], ids=lambda command: command.__name__
)
def test_every_option_of_a_command_is_in_its_page(command: ModuleType) -> None:
    """green-qwen(1) has the same options as green-qwen COMMAND --help."""
    page = (PAGES / "green-qwen.1.scd").read_text()
    name = command.__name__.rpartition(".")[2]
    commands = argparse.ArgumentParser().add_subparsers()
    command.add_to(commands)

    options = [option for one in parsers_of(commands.choices[name]) for option in options_of(one)]
    missing = [option for option in options if f"*{option}*" not in page]

    assert missing == []
    assert f"*{name}*" in page


def test_every_table_of_the_configuration_is_in_its_page() -> None:
    """green-qwen.toml(5) explains each table; the keys stand in the shipped file."""
    page = (PAGES / "green-qwen.toml.5.scd").read_text()

    assert [table for table in TABLES if f"*[{table}]*" not in page] == []


def parsers_of(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """Itself, and those of its actions."""
    nested = [one.choices for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    return [parser, *(found for choices in nested for found in choices.values())]


def options_of(parser: argparse.ArgumentParser) -> list[str]:
    return [
        option
        for action in parser._actions
        for option in action.option_strings
        if option.startswith("--") and option != "--help"
    ]
