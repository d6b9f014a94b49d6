# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a daemon tells the service manager."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from green_common.notify import Notifier


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The service manager's end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as bound:
        bound.bind(str(tmp_path / "notify.sock"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify.sock"))
        yield bound


@pytest.fixture
def notifier(manager: socket.socket) -> Iterator[Notifier]:
    made = Notifier()
    yield made
    made.close()


def heard(manager: socket.socket) -> list[str]:
    messages = []
    try:
        while True:
            messages.append(manager.recv(4096).decode())
    except BlockingIOError:
        return messages


def test_each_state_has_its_word(notifier: Notifier, manager: socket.socket) -> None:
    """As sd_notify(3) spells them."""
    notifier.ready()
    notifier.alive()
    notifier.stopping()
    notifier.extend(0.5)

    assert heard(manager) == ["READY=1", "WATCHDOG=1", "STOPPING=1", "EXTEND_TIMEOUT_USEC=500000"]


def test_a_reload_is_one_datagram_with_its_time(notifier: Notifier, manager: socket.socket) -> None:
    """Otherwise systemd can't tell it from an older one."""
    notifier.reloading()

    (message,) = heard(manager)
    first, second = message.split("\n")
    assert first == "RELOADING=1"
    assert second.removeprefix("MONOTONIC_USEC=").isdigit()


def test_a_status_is_told_when_it_changes(notifier: Notifier, manager: socket.socket) -> None:
    """Not with every turn of a loop; a line break can't smuggle in another word."""
    for line in ("awake", "awake", "resting\nREADY=1", "awake"):
        notifier.status(line)

    assert heard(manager) == ["STATUS=awake", "STATUS=resting READY=1", "STATUS=awake"]


def test_a_status_is_utf_8(notifier: Notifier, manager: socket.socket) -> None:
    """Systemd drops anything else; bytes that are no text are mended."""
    notifier.status("Modell größer \u20ac \udcff")

    assert heard(manager) == ["STATUS=Modell größer € ?"]


def test_a_warning_stays_with_every_status(notifier: Notifier, manager: socket.socket) -> None:
    """Until it is taken back."""
    notifier.status("awake")
    notifier.warn("OLD configuration")
    notifier.status("resting")
    notifier.warn("")

    assert heard(manager) == [
        "STATUS=awake",
        "STATUS=awake (OLD configuration)",
        "STATUS=resting (OLD configuration)",
        "STATUS=resting",
    ]


def test_a_manager_that_is_busy_is_not_waited_for(notifier: Notifier, manager: socket.socket) -> None:
    """What it can't take comes with a later message; of what was said again, only the latest."""
    for number in range(500):
        notifier.status(str(number))
    first = heard(manager)
    notifier.alive()

    assert first == [f"STATUS={number}" for number in range(len(first))]
    assert heard(manager) == ["STATUS=499", "WATCHDOG=1"]


def test_without_a_manager_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a checkout there is none."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notifier = Notifier()

    notifier.ready()
    notifier.status("awake")
    notifier.close()


@pytest.mark.parametrize(
    ("usec", "expected_s"), [("30000000", 15.0), ("0", None), ("", None), ("-1", None), ("soon", None)]
)
def test_half_of_the_watchdogs_time(
    monkeypatch: pytest.MonkeyPatch, usec: str, expected_s: float | None
) -> None:
    """Or none, where the unit sets none."""
    monkeypatch.setenv("WATCHDOG_USEC", usec)

    assert Notifier().alive_every_s == expected_s
