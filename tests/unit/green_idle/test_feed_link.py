# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The connection to the feed: opened again and again, and each trouble said once."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from green_common.feed.messages import Beat, Hold
from green_idle.feed_link import MESSAGES_A_TURN, FeedLink, FeedLost


class Server:
    """The proxy's end, as plain as a socket."""

    def __init__(self, path: Path) -> None:
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(path))
        self.listener.listen()
        self.peer: socket.socket | None = None

    def accept(self) -> socket.socket:
        self.peer, _ = self.listener.accept()
        return self.peer

    def close(self) -> None:
        self.listener.close()
        if self.peer:
            self.peer.close()


def beat(number: int, kind: str = "beat") -> bytes:
    content = {"v": 1, "n": number, "t_s": 1.0, "type": kind, "accepted": 0, "in_flight": 0}
    return json.dumps(content).encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "activity.sock"


@pytest.fixture
def server(path: Path) -> Iterator[Server]:
    made = Server(path)
    yield made
    made.close()


@pytest.fixture
def link(path: Path) -> Iterator[FeedLink]:
    made = FeedLink(str(path), structlog.get_logger())
    yield made
    made.close()


def test_a_proxy_that_is_not_there_is_said_once_and_quietly(link: FeedLink) -> None:
    """It is tried every two seconds, not in a loop."""
    with capture_logs() as logs:
        opened = [link.connect_if_due(at_s) for at_s in (0.0, 1.9, 2.0, 4.0)]

    assert opened == [False] * 4
    assert [entry["log_level"] for entry in logs] == ["info"]
    assert "is green-proxy running?" in link.trouble


def test_messages_that_wait_are_read(link: FeedLink, server: Server) -> None:
    """All of them, and then nothing."""
    assert link.connect_if_due(0.0)
    peer = server.accept()
    peer.send(beat(1))
    peer.send(beat(2))

    assert list(link.read()) == [Beat(0, 0), Beat(0, 0)]
    assert list(link.read()) == []
    assert not link.connect_if_due(9.0)


def test_a_flood_is_heard_in_turns(link: FeedLink) -> None:
    """The loop gets its turn in between."""

    class Endless:
        missed = 0
        buffered = False

        def receive(self) -> Any:
            return type("Envelope", (), {"message": Beat(0, 0)})

        def close(self) -> None:
            pass

    link.connection = Endless()  # type: ignore[assignment]

    assert len(list(link.read())) == MESSAGES_A_TURN


def test_a_flood_of_unknown_words_is_heard_in_turns_too(link: FeedLink, server: Server) -> None:
    """They say nothing, and each costs its share of the turn."""
    link.connect_if_due(0.0)
    peer = server.accept()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    for number in range(1, MESSAGES_A_TURN + 1):
        peer.send(beat(number, "news"))
    peer.send(beat(MESSAGES_A_TURN + 1))

    assert [list(link.read()), list(link.read())] == [[], [Beat(0, 0)]]


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"not json", "can't be trusted: .*not JSON"),
        (b"x" * 5000, "can't be trusted: .*4096 bytes"),
        (beat(3), "2 messages of the feed were lost"),
        (b"", "closed the feed"),
    ],
)
def test_what_can_not_be_trusted_ends_the_reading(
    link: FeedLink, server: Server, datagram: bytes, reason: str
) -> None:
    """With the reason."""
    link.connect_if_due(0.0)
    peer = server.accept()
    if datagram:
        peer.send(datagram)
    else:
        peer.close()

    with pytest.raises(FeedLost, match=reason):
        list(link.read())


def test_a_lost_feed_is_said_loudly_and_tried_again_later(link: FeedLink, server: Server) -> None:
    """Garbage every two seconds would else fill the journal."""
    link.connect_if_due(0.0)
    with capture_logs() as logs:
        link.lose(FeedLost("garbage"), 0.0)
        link.lose(FeedLost("garbage"), 0.0)

    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert not link.connect_if_due(1.9)
    assert link.connect_if_due(2.0)


def test_a_feed_that_speaks_makes_the_next_trouble_news(link: FeedLink, server: Server) -> None:
    """The same trouble after a good time is said again."""
    with capture_logs() as logs:
        link.lose(FeedLost("closed"), 0.0)
        assert link.connect_if_due(5.0)
        link.is_heard()
        link.lose(FeedLost("closed"), 5.0)

    assert len(logs) == 2


def test_a_word_reaches_the_proxy(link: FeedLink, server: Server) -> None:
    """Numbered from one."""
    link.connect_if_due(0.0)
    peer = server.accept()
    link.send(Hold(5))

    assert json.loads(peer.recv(4096)) | {"t_s": 0} == {"v": 1, "n": 1, "t_s": 0, "type": "hold?", "epoch": 5}


def test_a_word_to_nobody_is_an_error_only_on_a_connection(link: FeedLink, server: Server) -> None:
    """Without one there is nobody to tell; nor is there anything to read."""
    link.send(Hold(5))
    nothing = list(link.read())
    link.connect_if_due(0.0)
    server.accept().close()

    assert nothing == []
    with pytest.raises(FeedLost, match="does not listen any more"):
        link.send(Hold(5))


def test_a_feed_that_is_lost_is_not_heard(link: FeedLink, server: Server) -> None:
    """Where an answer to its last message could not be sent, the trouble stays."""
    link.connect_if_due(0.0)
    link.is_heard()
    link.lose(FeedLost("green-proxy does not listen any more"), 0.0)

    link.is_heard()

    assert link.trouble == "green-proxy does not listen any more"
