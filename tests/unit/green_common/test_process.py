# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How every daemon is started, checked, reloaded and stopped."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from green_common.config import Config
from green_common.errors import (
    ConfigError,
    GreenError,
    NotPermittedError,
    UnavailableError,
    UsageError,
)
from green_common.process import Action, Daemon, Process, main
from green_common.signals import RELOAD, STOP

Run = Callable[[Process], None]


@pytest.fixture(autouse=True)
def own_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Signals, logging and environment as they were before."""
    for variable in [name for name in os.environ if name.startswith(("GREEN_", "OLLAMA_"))]:
        monkeypatch.delenv(variable)
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    before = {number: signal.getsignal(number) for number in STOP | RELOAD}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    structlog.reset_defaults()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "green-qwen.toml"
    file.write_text("[idle]\nidle_after_s = 20\n")
    return file


def daemon_that(run: Run, *actions: Action) -> Daemon:
    return Daemon("green-test", "Does nothing, for a test.", run, actions)


def nothing(_process: Process) -> None:
    pass


def unwanted(_process: Process) -> None:
    raise AssertionError("the daemon must not run")


def test_a_daemon_runs_and_ends(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With its configuration; the last line says that it has stopped."""
    seen: list[Config] = []

    code = main(daemon_that(lambda process: seen.append(process.config)), ["--config", str(path)])

    assert code == os.EX_OK
    assert seen[0].idle.idle_after_s == 20
    assert capsys.readouterr().err.endswith("green-test: stopped\n")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GreenError, os.EX_SOFTWARE),
        (UsageError, os.EX_USAGE),
        (UnavailableError, os.EX_UNAVAILABLE),
        (NotPermittedError, os.EX_NOPERM),
        (ConfigError, os.EX_CONFIG),
    ],
)
def test_an_error_of_ours_is_a_line_and_an_exit_code(
    path: Path, capsys: pytest.CaptureFixture[str], error: type[GreenError], code: int
) -> None:
    """No traceback for what a user can mend."""

    def run(_process: Process) -> None:
        raise error("port 1 is in use; change proxy.listen")

    assert main(daemon_that(run), ["--config", str(path)]) == code
    assert "green-test: error: port 1 is in use; change proxy.listen" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("supervised", "error", "said"),
    [
        (True, UnavailableError, "no driver; install it (systemd tries again)\n"),
        (True, NotPermittedError, "no driver; install it\n"),
        (False, UnavailableError, "no driver; install it\n"),
    ],
)
def test_that_systemd_tries_again_is_said_where_it_does(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    supervised: bool,
    error: type[GreenError],
    said: str,
) -> None:
    """Only a unit's own process, and only for what may pass by itself."""

    def run(_process: Process) -> None:
        raise error("no driver; install it")

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path.with_name("notify.sock")))
        if supervised:
            monkeypatch.setenv("NOTIFY_SOCKET", str(path.with_name("notify.sock")))
        main(daemon_that(run), ["--config", str(path)])

    assert capsys.readouterr().err.endswith(said)


def test_a_mistake_of_ours_is_not_hidden(path: Path) -> None:
    """It ends with its traceback."""

    def run(_process: Process) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        main(daemon_that(run), ["--config", str(path)])


def test_a_wrong_configuration_is_78(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything of the daemon runs."""
    path.write_text("[idle]\nidle_after_s = 0\n")

    assert main(daemon_that(unwanted), ["--config", str(path)]) == os.EX_CONFIG
    assert "idle.idle_after_s is 0; allowed is a number from 1 to 86400" in capsys.readouterr().err


def test_the_configuration_can_be_checked(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without running."""
    assert main(daemon_that(unwanted), ["--config", str(path), "--check-config"]) == os.EX_OK
    assert capsys.readouterr().out == f"OK: {path}\n"


def test_a_configuration_that_is_not_there_is_not_called_right(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the default file the defaults are in force, which is worth saying."""
    monkeypatch.setattr("green_common.process.DEFAULT_PATH", path.with_name("nowhere.toml"))
    monkeypatch.setattr("green_common.config.load.DEFAULT_PATH", path.with_name("nowhere.toml"))

    assert main(daemon_that(unwanted), ["--check-config"]) == os.EX_OK
    assert "nowhere.toml is not there, so the defaults are in force" in capsys.readouterr().out


def test_the_configuration_can_be_printed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each value with its origin."""
    assert main(daemon_that(unwanted), ["--config", str(path), "--print-config"]) == os.EX_OK
    assert f"# {path}" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--nonsense"], ["word"], ["--config"]])
def test_a_wrong_command_line_is_64(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """Not argparse's 2."""
    with pytest.raises(SystemExit) as caught:
        main(daemon_that(unwanted), arguments)

    assert caught.value.code == os.EX_USAGE
    assert "usage: green-test" in capsys.readouterr().err


def test_version_and_help_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    """With their text on stdout."""
    for argument in ("--version", "--help"):
        with pytest.raises(SystemExit) as caught:
            main(daemon_that(unwanted, Action("--mend", "mend it", lambda _: 0)), [argument])
        assert caught.value.code == 0

    shown = capsys.readouterr().out
    assert shown.startswith("green-test 0.")
    assert "mend it" in shown


def test_an_action_runs_instead(path: Path) -> None:
    """With the configuration; its number is the exit code."""
    seen: list[float] = []

    def mend(config: Config) -> int:
        seen.append(config.idle.idle_after_s)
        return 7

    daemon = daemon_that(unwanted, Action("--mend", "mend it", mend))

    assert main(daemon, ["--config", str(path), "--mend"]) == 7
    assert seen == [20]


def test_an_action_that_fails_is_a_line_and_an_exit_code(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a daemon's error is."""

    def fail(_config: Config) -> int:
        raise UnavailableError("no driver")

    assert (
        main(daemon_that(unwanted, Action("--mend", "mend it", fail)), ["--config", str(path), "--mend"])
        == 69
    )
    assert "green-test: no driver" in capsys.readouterr().err


def test_an_action_may_do_without_a_right_configuration(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is right in it counts; another action is refused."""
    path.write_text('[idle]\nheld_file = "/run/mine"\nidle_after_s = 0\n')
    seen: list[str] = []

    def mend(config: Config) -> int:
        seen.append(config.idle.held_file)
        return 0

    strict = Action("--strict", "needs all", mend)
    daemon = daemon_that(unwanted, strict, Action("--mend", "mend it", mend, needs_config=False))

    assert main(daemon, ["--config", str(path), "--mend"]) == os.EX_OK
    assert main(daemon, ["--config", str(path), "--strict"]) == os.EX_CONFIG
    assert seen == ["/run/mine"]
    assert "going on without what is wrong" in capsys.readouterr().err


def test_a_stop_signal_ends_the_loop(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And only then."""
    answers = []

    def run(process: Process) -> None:
        process.ready("working")
        answers.append(process.should_stop())
        os.kill(os.getpid(), signal.SIGTERM)
        answers.append(process.should_stop())

    main(daemon_that(run), ["--config", str(path)])

    assert answers == [False, True]
    assert "ready: working" in capsys.readouterr().err


def reloaded(path: Path, text: str) -> tuple[list[Config], list[str]]:
    """The configurations before and after a SIGHUP with this file, and what the manager was told."""
    configs: list[Config] = []
    told: list[str] = []

    def run(process: Process) -> None:
        process.notifier.ready = lambda: told.append("READY")  # type: ignore[method-assign]
        process.notifier.reloading = lambda: told.append("RELOADING")  # type: ignore[method-assign]
        process.notifier.warn = told.append  # type: ignore[method-assign, assignment]
        configs.append(process.config)
        path.write_text(text)
        os.kill(os.getpid(), signal.SIGHUP)
        assert not process.should_stop()
        configs.append(process.config)

    assert main(daemon_that(run), ["--config", str(path)]) == os.EX_OK
    return configs, told


def test_a_reload_takes_over_the_new_configuration(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And names what takes a restart."""
    (_, new), told = reloaded(path, '[idle]\nidle_after_s = 30\n[proxy]\nlisten = "127.0.0.1:1"\n')

    assert new.idle.idle_after_s == 30
    assert told == ["RELOADING", "", "READY"]
    assert "configuration reloaded; these changes take a restart: proxy.listen" in capsys.readouterr().err


def test_a_reload_of_what_is_wrong_keeps_the_old(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And every status says so from then on."""
    (old, new), told = reloaded(path, "[idle]\nidle_after_s = 0\n")

    assert new is old
    assert told[0] == "RELOADING"
    assert told[1].startswith("running on the OLD configuration: ")
    assert told[2] == "READY"
    assert "the old one stays in force" in capsys.readouterr().err


def test_a_reload_takes_the_level_over(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At once."""

    def run(process: Process) -> None:
        path.write_text('[logging]\nlevel = "error"\n')
        os.kill(os.getpid(), signal.SIGHUP)
        process.should_stop()
        process.log.info("a.b", say="too quiet now")

    main(daemon_that(run), ["--config", str(path)])

    assert "too quiet now" not in capsys.readouterr().err
