# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The one way in which a daemon is started, checked, reloaded and stopped."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from green_common import __version__
from green_common.config import (
    DEFAULT_PATH,
    Config,
    LoadedConfig,
    effective_lines,
    keys_that_need_a_restart,
    load_config,
    salvage_config,
)
from green_common.errors import ConfigError, GreenError
from green_common.logs import configure_logs, get_log, set_level
from green_common.notify import Notifier
from green_common.signals import RELOAD, STOP, Signals


@dataclass(frozen=True, slots=True)
class Action:
    """
    Something else than running that a daemon's command line offers; returns the exit code.

    One that must not fail for a wrong configuration gets what is right in it, and defaults for the rest.
    With `takes`, its flag wants a value of that name, which `run` gets as well.
    """

    flag: str
    meaning: str
    run: Callable[..., int]
    needs_config: bool = True
    takes: str | None = None


@dataclass(frozen=True, slots=True)
class Daemon:
    """What `main` has to know of a daemon."""

    name: str
    purpose: str
    run: Callable[[Process], None]
    actions: tuple[Action, ...] = ()


class Process:
    """A running daemon's dealings with its administrator: configuration, signals, service manager."""

    def __init__(self, daemon: Daemon, loaded: LoadedConfig, path: Path | None) -> None:
        self.name = daemon.name
        self.notifier = Notifier()
        self.signals = Signals()
        self.log = get_log()
        self._loaded = loaded
        self._path = path

    @property
    def config(self) -> Config:
        return self._loaded.config

    def ready(self, status: str) -> None:
        """Call once the daemon does its work: listeners bound, configuration valid."""
        self.notifier.status(status)
        self.notifier.ready()
        self.log.info("daemon.ready", say=f"ready: {status}", version=__version__)

    def should_stop(self) -> bool:
        """Handle the signals that came: True for a stop; a reload is done on the way."""
        signals = self.signals.take()
        if RELOAD & set(signals):
            self._reload(os.environ)
        if STOP & set(signals):
            self.notifier.stopping()
            self.log.info("daemon.stopping", say="stopping")
            return True
        return False

    def _reload(self, environ: Mapping[str, str]) -> None:
        self.notifier.reloading()
        try:
            new = load_config(self._path, environ)
        except ConfigError as error:
            say = f"the configuration was not reloaded, the old one stays in force: {error}"
            self.log.error("config.reload_failed", say=say)
            self.notifier.warn(f"running on the OLD configuration: {_first_line(error)}")
        else:
            self._take(new)
        self.notifier.ready()

    def _take(self, new: LoadedConfig) -> None:
        restart = keys_that_need_a_restart(self.config, new.config)
        self._loaded = new
        self.notifier.warn("")
        set_level(new.config.logging.level)
        say = "configuration reloaded"
        if restart:
            say += f"; these changes take a restart: {', '.join(restart)}"
        self.log.info("config.reloaded", say=say)


def main(daemon: Daemon, argv: list[str] | None = None) -> int:
    """Parse the command line and run the daemon; the return value is the exit code (sysexits.h)."""
    arguments = parser_of(daemon).parse_args(argv)
    try:
        loaded = _load(arguments, daemon.name)
        if arguments.check_config:
            _print(_verdict(arguments.config or DEFAULT_PATH))
            return os.EX_OK
        if arguments.print_config:
            _print("\n".join(effective_lines(loaded)))
            return os.EX_OK
        configure_logs(daemon.name, loaded.config.logging.level, os.environ)
        if arguments.action:
            action, values = arguments.action
            return int(action.run(loaded.config, *values))
        return _run(daemon, loaded, arguments.config)
    except GreenError as error:
        if arguments.check_config or arguments.print_config or arguments.action:
            _print(f"{daemon.name}: {error}", to_stderr=True)
        else:
            _say_why_not(daemon.name, error)
        return error.exit_code


def parser_of(daemon: Daemon) -> argparse.ArgumentParser:
    parser = _Parser(prog=daemon.name, description=daemon.purpose)
    parser.add_argument("--config", type=Path, metavar="PATH", help=f"instead of {DEFAULT_PATH}")
    parser.add_argument(
        "--check-config", action="store_true", help="say what is wrong with the configuration, and exit"
    )
    parser.add_argument(
        "--print-config", action="store_true", help="print every value and where it comes from, and exit"
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    for action in daemon.actions:
        _add_action(parser, action)
    parser.set_defaults(action=None)
    return parser


def _add_action(parser: argparse.ArgumentParser, action: Action) -> None:
    if action.takes is None:
        parser.add_argument(
            action.flag, dest="action", action="store_const", const=(action, ()), help=action.meaning
        )
        return
    parser.add_argument(
        action.flag,
        dest="action",
        metavar=action.takes,
        type=lambda value: (action, (value,)),
        help=action.meaning,
    )


def _load(arguments: argparse.Namespace, name: str) -> LoadedConfig:
    try:
        return load_config(arguments.config, os.environ)
    except ConfigError as error:
        if arguments.action is None or arguments.action[0].needs_config:
            raise
        _print(f"{name}: going on without what is wrong in the configuration: {error}", to_stderr=True)
        return salvage_config(arguments.config, os.environ)


def _verdict(path: Path) -> str:
    return f"OK: {path}" if path.exists() else f"OK: {path} is not there, so the defaults are in force"


def _say_why_not(name: str, error: GreenError) -> None:
    """A daemon that can't even begin says so where one that ran does: in its status and in the journal."""
    configure_logs(name, "info", os.environ)
    notifier = Notifier()
    notifier.status(_first_line(error))
    get_log().error("daemon.failed", say=str(error), exit_code=error.exit_code)
    notifier.close()


def _run(daemon: Daemon, loaded: LoadedConfig, path: Path | None) -> int:
    process = Process(daemon, loaded, path)
    try:
        daemon.run(process)
    except GreenError as error:
        after = _afterwards(process.notifier, error)
        process.notifier.status(f"{_first_line(error)}{after}")
        process.log.error("daemon.failed", say=f"{error}{after}", exit_code=error.exit_code)
        return error.exit_code
    finally:
        process.signals.close()
        process.notifier.close()
    process.log.info("daemon.stopped", say="stopped")
    return os.EX_OK


def _afterwards(notifier: Notifier, error: GreenError) -> str:
    """What is not there yet may come, so that the units have this one status started again."""
    again = notifier.is_heard and error.exit_code == os.EX_UNAVAILABLE
    return " (systemd tries again)" if again else ""


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _print(text: str, *, to_stderr: bool = False) -> None:
    print(text, file=sys.stderr if to_stderr else sys.stdout, flush=True)


class _Parser(argparse.ArgumentParser):
    """argparse exits with 2; sysexits.h has a number for a wrong command line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        self.exit(os.EX_USAGE, f"{self.prog}: {message}\n")
