# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The reading end of the feed."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from green_common.errors import NotPermittedError, UnavailableError
from green_common.feed import FeedConnection, FeedError, Unknown, connect
from green_common.feed.codec import encode
from green_common.feed.messages import Beat, Hold
from green_common.feed.peer import Peer, peer_of


def beat(number: int, **changes: Any) -> bytes:
    content = {"v": 1, "n": number, "t_s": 1.0, "type": "beat", "accepted": number, "in_flight": 0}
    return json.dumps(content | changes).encode()


@pytest.fixture
def pair() -> Iterator[tuple[FeedConnection, socket.socket]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        ours.setblocking(False)
        yield FeedConnection(ours), theirs


Pair = tuple[FeedConnection, socket.socket]


def test_messages_come_in_order(pair: Pair) -> None:
    """With their numbers and times; then there is nothing to read."""
    connection, proxy = pair
    proxy.send(beat(1))
    proxy.send(beat(2))

    first, second = connection.receive(), connection.receive()

    assert first and first.message == Beat(1, 0) and first.number == 1 and first.time_s == 1.0
    assert second and second.message == Beat(2, 0)
    assert connection.missed == 0
    with pytest.raises(BlockingIOError):
        connection.receive()


def test_lost_messages_are_counted(pair: Pair) -> None:
    """By their numbers, the first one too."""
    connection, proxy = pair
    for number in (3, 4, 7):
        proxy.send(beat(number))
        connection.receive()

    assert connection.missed == 4


@pytest.mark.parametrize("numbers", [(1, 1), (2, 1), (0,)])
def test_numbers_that_do_not_grow_are_an_error(pair: Pair, numbers: tuple[int, ...]) -> None:
    """A proxy counts; whoever doesn't is none."""
    connection, proxy = pair
    for number in numbers:
        proxy.send(beat(number))

    with pytest.raises(FeedError, match=r"message \d after message \d"):
        for _ in numbers:
            connection.receive()


def test_unknown_types_are_told_and_counted(pair: Pair) -> None:
    """They are no loss."""
    connection, proxy = pair
    proxy.send(beat(1, type="news"))
    proxy.send(beat(2))

    first, second = connection.receive(), connection.receive()

    assert first and first.message == Unknown("news")
    assert second and second.message == Beat(2, 0)
    assert connection.missed == 0


def test_the_end_is_none(pair: Pair) -> None:
    """Closed by the other side."""
    connection, proxy = pair
    proxy.close()

    assert connection.receive() is None


def test_a_message_that_was_cut_is_an_error(pair: Pair) -> None:
    """It was longer than any message may be."""
    connection, proxy = pair
    proxy.send(beat(1) + b" " * 5000)

    with pytest.raises(FeedError, match="more than 4096 bytes"):
        connection.receive()


def test_words_to_the_proxy_are_numbered(pair: Pair) -> None:
    """From one."""
    connection, proxy = pair
    connection.send(Hold(1))
    connection.send(Hold(2))

    sent = [json.loads(proxy.recv(4096)) for _ in range(2)]

    assert [(message["n"], message["epoch"]) for message in sent] == [(1, 1), (2, 2)]


@pytest.fixture
def listen(tmp_path: Path) -> Iterator[Callable[[], Path]]:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def start() -> Path:
        path = tmp_path / "activity.sock"
        listener.bind(str(path))
        listener.listen()
        return path

    with listener:
        yield start


def test_a_proxy_that_owns_its_directory_is_believed(listen: Callable[[], Path]) -> None:
    """The connection blocks, so that a plain loop may wait in it."""
    connection = connect(str(listen()))

    assert connection.socket.gettimeout() is None
    assert connection.fileno() == connection.socket.fileno()
    assert peer_of(connection.socket) == Peer(os.getpid(), os.geteuid(), os.getegid())
    connection.close()


def test_nobody_there_is_unavailable(tmp_path: Path) -> None:
    """The line asks the right question."""
    with pytest.raises(UnavailableError, match=r"nobody listens \(No such file.*is green-proxy running\?"):
        connect(str(tmp_path / "activity.sock"))


def test_a_path_that_is_too_long_is_unavailable() -> None:
    """That error has no number and no text of the system."""
    with pytest.raises(UnavailableError, match="too long"):
        connect("/" + "x" * 200)


def test_a_socket_that_may_not_be_opened_says_who_may(
    listen: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is for a user outside the group."""
    path = listen()

    def refuse(_self: socket.socket, _address: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "connect", refuse)

    with pytest.raises(NotPermittedError, match="it has to be in the feed's group"):
        connect(str(path))


def test_a_socket_in_somebody_elses_directory_is_refused(
    listen: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another user's process sits on the feed."""
    path = listen()
    monkeypatch.setattr("green_common.feed.reader.peer_of", lambda _socket: Peer(1, os.geteuid() + 1, 0))

    with pytest.raises(NotPermittedError, match=r"served by uid \d+, but .* belongs to uid \d+"):
        connect(str(path))


def test_several_messages_come_in_one_datagram(pair: Pair) -> None:
    """One a line; those that wait show, since no select() tells of them."""
    connection, proxy = pair
    messages = [encode(Beat(number, 0), number=number, time_s=1.0) for number in (1, 2, 3)]
    proxy.send(b"\n".join(messages))

    first = connection.receive()
    waits = connection.buffered
    rest = [connection.receive(), connection.receive()]

    assert [envelope.message.accepted for envelope in (first, *rest) if envelope] == [1, 2, 3]
    assert (waits, connection.buffered) == (True, False)
