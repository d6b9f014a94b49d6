# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The connection to the feed."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from green_common.logs import get_log
from green_telemetry.link import LONGEST_DISTRUST_S, LONGEST_PAUSE_S, FeedLink

BEAT = json.dumps({"v": 1, "n": 1, "t_s": 1.0, "type": "beat", "accepted": 0, "in_flight": 0}).encode()


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "activity.sock")


@pytest.fixture
def listener(path: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(path)
        listening.listen()
        yield listening


@pytest.fixture
def said() -> Iterator[list[Any]]:
    with capture_logs() as entries:
        yield entries


def pauses(link: FeedLink, tries: int) -> list[float]:
    """How long each next try is put off."""
    now_s, waited = 0.0, []
    for _ in range(tries):
        link.connect(now_s)
        assert link.retry_at_s is not None
        waited.append(link.retry_at_s - now_s)
        now_s = link.retry_at_s
    return waited


def test_an_absent_proxy_is_looked_for_ever_more_slowly(path: str, said: list[Any]) -> None:
    """Up to every 2 s, and said once."""
    link = FeedLink(path, get_log())

    waited = pauses(link, 6)

    assert waited == [0.25, 0.5, 1.0, 2.0, LONGEST_PAUSE_S, LONGEST_PAUSE_S]
    assert [entry["event"] for entry in said] == ["feed.absent"]
    assert "NO FEED" in link.state(0.0)


def test_nothing_is_tried_before_its_time(path: str, listener: socket.socket) -> None:
    """Not even where the proxy has come."""
    link = FeedLink(path + "-other", get_log())
    link.connect(0.0)

    assert not link.connect(0.1)


def test_messages_come_through(path: str, listener: socket.socket, said: list[Any]) -> None:
    """And a silent feed shows in the status after 3 s."""
    link = FeedLink(path, get_log())
    connected = link.connect(0.0)
    connection, _ = listener.accept()
    connection.send(BEAT)

    envelopes = list(link.receive(1.0))

    connection.close()
    link.close()
    assert connected
    assert [envelope.number for envelope in envelopes] == [1]
    assert [entry["event"] for entry in said] == ["feed.connected"]


def test_a_silent_feed_shows_in_the_status(path: str, listener: socket.socket) -> None:
    """A proxy that is well says something every second."""
    link = FeedLink(path, get_log())
    link.connect(10.0)

    states = link.state(11.0), link.state(14.0)

    link.close()
    assert states == ("feed connected", "feed SILENT: is green-proxy stuck?")


def test_the_end_of_the_connection_is_said(path: str, listener: socket.socket, said: list[Any]) -> None:
    """And a new one is tried soon."""
    link = FeedLink(path, get_log())
    link.connect(0.0)
    listener.accept()[0].close()

    list(link.receive(20.0))

    assert not link.connected
    assert link.retry_at_s == 20.25
    assert [entry["event"] for entry in said] == ["feed.lost"]


def test_a_feed_that_lies_is_avoided_for_longer_and_longer(
    path: str, listener: socket.socket, said: list[Any]
) -> None:
    """Up to half a minute, and said once."""
    link, now_s = FeedLink(path, get_log()), 0.0
    for _ in range(9):
        assert link.connect(now_s)
        connection, _ = listener.accept()
        connection.send(b"{}")
        list(link.receive(now_s))
        connection.close()
        assert link.retry_at_s is not None
        last_s, now_s = now_s, link.retry_at_s

    assert now_s - last_s == LONGEST_DISTRUST_S
    assert [entry["event"] for entry in said] == ["feed.refused"]
