# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The proxy's end of the feed: readers come, fall behind and go, and are never waited for."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import grp
import json
import os
import socket
import stat
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from green_common.errors import NotPermittedError, UnavailableError
from green_common.feed import FeedConnection, connect
from green_common.feed.messages import Beat, FromProxy, Granted, Hello, Hold
from green_common.feed.publisher import MAX_QUEUED, MAX_READERS, Publisher, Reader, bind_feed


class Owner:
    """Greets with one hello, grants what is asked, and keeps what happened."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.left: list[str] = []

    def greeting(self) -> Iterable[FromProxy]:
        return [Hello(7, 0)]

    def reader_said(self, reader: Reader, message: Any) -> None:
        self.said.append((reader.peer.uid, message))
        reader.send(Granted(message.epoch))

    def reader_left(self, _reader: Reader, reason: str) -> None:
        self.left.append(reason)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "activity.sock"


Scene = Callable[[Publisher, Owner, FeedConnection], Awaitable[None]]


def play(path: Path, scene: Scene) -> Owner:
    """One reader on a publisher; the scene runs in its loop."""
    owner = Owner()

    async def run() -> None:
        publisher = Publisher(bind_feed(str(path), "no-such-group"), owner)
        connection = connect(str(path))
        connection.socket.setblocking(False)
        await turns()
        await scene(publisher, owner, connection)
        connection.close()
        publisher.close()

    asyncio.run(run())
    return owner


async def turns(count: int = 5) -> None:
    """Let the loop look at its sockets a few times."""
    for _ in range(count):
        await asyncio.sleep(0.001)


def all_from(connection: FeedConnection) -> list[Any]:
    found = []
    try:
        while envelope := connection.receive():
            found.append(envelope.message)
    except BlockingIOError:
        pass
    return found


def test_a_reader_is_greeted_and_told(path: Path) -> None:
    """First the hello, then what is published, nothing missing."""

    async def scene(publisher: Publisher, _owner: Owner, connection: FeedConnection) -> None:
        publisher.publish(Beat(7, 0))
        publisher.publish(Beat(8, 1))

        assert all_from(connection) == [Hello(7, 0), Beat(7, 0), Beat(8, 1)]
        assert connection.missed == 0

    play(path, scene)


def test_a_reader_is_heard_and_answered(path: Path) -> None:
    """The owner knows who said it."""

    async def scene(_publisher: Publisher, owner: Owner, connection: FeedConnection) -> None:
        connection.send(Hold(5))
        await turns()

        assert owner.said == [(os.geteuid(), Hold(5))]
        assert all_from(connection)[-1] == Granted(5)

    play(path, scene)


def test_a_word_that_is_not_known_is_skipped(path: Path) -> None:
    """A newer reader may say more."""

    async def scene(publisher: Publisher, owner: Owner, connection: FeedConnection) -> None:
        connection.socket.send(b'{"v": 1, "n": 1, "t_s": 1, "type": "news"}')
        await turns()

        assert owner.said == []
        assert len(publisher.readers) == 1

    play(path, scene)


@pytest.mark.parametrize("datagram", [b"{", b'{"v": 9, "n": 1, "t_s": 1, "type": "hold?"}', b"x" * 5000])
def test_a_reader_that_speaks_garbage_is_dropped(path: Path, datagram: bytes) -> None:
    """With the reason; the proxy goes on."""

    async def scene(publisher: Publisher, owner: Owner, connection: FeedConnection) -> None:
        connection.socket.send(datagram)
        await turns()

        assert publisher.readers == []
        assert len(owner.left) == 1

    play(path, scene)


def test_a_reader_that_leaves_is_noticed(path: Path) -> None:
    """At once, without anything being published."""

    async def scene(publisher: Publisher, owner: Owner, connection: FeedConnection) -> None:
        all_from(connection)
        connection.close()
        await turns()

        assert publisher.readers == []
        assert owner.left == ["connection closed"]

    play(path, scene)


def test_a_reader_that_leaves_without_listening_is_noticed(path: Path) -> None:
    """The kernel then says that the connection was reset."""

    async def scene(_publisher: Publisher, owner: Owner, connection: FeedConnection) -> None:
        connection.close()
        await turns()

        assert owner.left == ["connection lost: Connection reset by peer"]

    play(path, scene)


def test_a_reader_that_left_is_noticed_while_publishing(path: Path) -> None:
    """Before the loop has looked at its socket."""

    async def scene(publisher: Publisher, owner: Owner, connection: FeedConnection) -> None:
        all_from(connection)
        connection.close()
        publisher.publish(Beat(7, 0))

        assert publisher.readers == []
        assert owner.left == ["connection lost: Broken pipe"]

    play(path, scene)


def test_a_slow_reader_is_dropped_and_others_are_not(path: Path) -> None:
    """The kernel's buffer and a bounded queue, and then it is over."""

    async def scene(publisher: Publisher, owner: Owner, slow: FeedConnection) -> None:
        quick = connect(str(path))
        quick.socket.setblocking(False)
        await turns()
        heard = []
        for number in range(20_000):
            publisher.publish(Beat(number, 0))
            heard += all_from(quick)
            if owner.left:
                break

        assert owner.left == [f"fell {MAX_QUEUED} messages behind"]
        assert len(publisher.readers) == 1
        assert heard[-1] == Beat(number, 0)
        quick.close()

    play(path, scene)


def test_a_reader_that_catches_up_misses_nothing(path: Path) -> None:
    """What did not fit into the kernel's buffer waited in the queue."""

    async def scene(publisher: Publisher, owner: Owner, connection: FeedConnection) -> None:
        for number in range(500):
            publisher.publish(Beat(number, 0))
        heard = []
        for _ in range(50):
            heard += all_from(connection)
            await turns(1)

        assert [message.accepted for message in heard[1:]] == list(range(500))
        assert owner.left == []

    play(path, scene)


def test_no_more_readers_than_allowed(path: Path) -> None:
    """Who comes too late is hung up on."""

    async def scene(publisher: Publisher, _owner: Owner, _connection: FeedConnection) -> None:
        others = [connect(str(path)) for _ in range(MAX_READERS)]
        await turns(20)

        assert len(publisher.readers) == MAX_READERS
        assert others[-1].receive() is None
        for other in others:
            other.close()

    play(path, scene)


def test_a_reader_that_cannot_be_let_in_is_not_tried_without_a_pause(path: Path) -> None:
    """Out of descriptors, the loop has requests to serve."""
    tries = []

    class Full(socket.socket):
        def accept(self) -> Any:
            tries.append(1)
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    async def run() -> None:
        with bind_feed(str(path), "no-such-group") as listener:
            publisher = Publisher(Full(fileno=os.dup(listener.fileno())), Owner())
            connection = connect(str(path))
            await turns(20)
            publisher.close()
            connection.close()

    asyncio.run(run())

    assert len(tries) == 1


def test_the_end_of_the_publisher_ends_its_readers(path: Path) -> None:
    """The socket is gone, and closing again does no harm."""

    async def scene(publisher: Publisher, owner: Owner, connection: FeedConnection) -> None:
        all_from(connection)
        publisher.close()

        assert connection.receive() is None
        assert owner.left == ["green-proxy stops"]

    play(path, scene)

    assert not path.exists()


def test_the_socket_belongs_to_the_group(path: Path) -> None:
    """0660, whatever the umask; that stays as it was."""
    group = grp.getgrgid(os.getegid()).gr_name
    before = os.umask(0o077)
    try:
        with bind_feed(str(path), group):
            status = path.stat()
        after = os.umask(0o077)
    finally:
        os.umask(before)

    assert stat.S_IMODE(status.st_mode) == 0o660
    assert status.st_gid == os.getegid()
    assert after == 0o077


def test_a_stale_socket_is_replaced(path: Path) -> None:
    """As a killed proxy leaves it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as dead:
        dead.bind(str(path))

    with bind_feed(str(path), "no-such-group") as listener:
        assert listener.getsockname() == str(path)


def test_a_socket_that_is_served_is_left_alone(path: Path) -> None:
    """Two proxies can't share one."""
    with (
        bind_feed(str(path), "no-such-group"),
        pytest.raises(UnavailableError, match="another green-proxy already serves it"),
    ):
        bind_feed(str(path), "no-such-group")


def test_a_foreign_socket_is_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Removing another user's socket is not ours to do."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
        other.bind(str(path))
    owner_uid = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner_uid + 1)

    with pytest.raises(NotPermittedError, match=f"belongs to uid {owner_uid}, not to green-proxy's uid"):
        bind_feed(str(path), "no-such-group")
    assert path.exists()


@pytest.mark.parametrize("kind", ["missing directory", "a file in its place"])
def test_a_place_that_can_not_be_bound_is_named(path: Path, kind: str) -> None:
    """With what it takes."""
    if kind == "missing directory":
        path = path / "deeper"
    else:
        path.write_text("")

    with pytest.raises(UnavailableError, match=r"can't be bound: .*; its directory has to exist"):
        bind_feed(str(path), "no-such-group")


def test_a_group_that_may_not_be_given_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no half-made socket stays behind."""
    group = grp.getgrgid(os.getegid()).gr_name

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refuse)

    with pytest.raises(NotPermittedError, match=rf"feed\.group {group}: .* is not in it"):
        bind_feed(str(path), group)
    assert not path.exists()


def test_what_need_not_be_told_at_once_goes_together(path: Path) -> None:
    """One datagram for what comes within a short time, however many messages; in their order."""
    datagrams = []

    async def scene(publisher: Publisher, _owner: Owner, connection: FeedConnection) -> None:
        all_from(connection)
        for number in range(40):
            publisher.publish(Beat(number, 0), at_once=False)
        await turns(20)
        with contextlib.suppress(BlockingIOError):
            while True:
                datagrams.append(connection.socket.recv(10_000))

    play(path, scene)

    lines = [line for datagram in datagrams for line in datagram.split(b"\n")]
    assert [json.loads(line)["accepted"] for line in lines] == list(range(40))
    assert len(datagrams) == 1
    assert len(datagrams[0]) <= 4096


def test_a_message_at_once_takes_with_it_what_waits(path: Path) -> None:
    """Nothing overtakes."""

    async def scene(publisher: Publisher, _owner: Owner, connection: FeedConnection) -> None:
        all_from(connection)
        publisher.publish(Beat(1, 0), at_once=False)
        publisher.publish(Beat(2, 0))
        said = all_from(connection)

        assert [beat.accepted for beat in said] == [1, 2]

    play(path, scene)


def test_an_answer_to_one_reader_comes_behind_what_all_were_told(path: Path) -> None:
    """A hold that is granted is not heard of before the end of the request that was in its way."""

    async def scene(publisher: Publisher, _owner: Owner, connection: FeedConnection) -> None:
        all_from(connection)
        publisher.publish(Beat(1, 0), at_once=False)
        publisher.readers[0].send(Granted(3))

        assert [type(said) for said in all_from(connection)] == [Beat, Granted]

    play(path, scene)


def test_a_new_reader_hears_nothing_from_before_its_greeting(path: Path) -> None:
    """What happened until then is in the greeting."""

    async def scene(publisher: Publisher, _owner: Owner, first: FeedConnection) -> None:
        all_from(first)
        second = connect(str(path))
        second.socket.setblocking(False)
        publisher.publish(Beat(1, 0), at_once=False)
        await turns(20)

        assert [type(said) for said in all_from(first)] == [Beat]
        assert [type(said) for said in all_from(second)] == [Hello]
        second.close()

    play(path, scene)


def test_what_waits_is_sent_before_the_end(path: Path) -> None:
    """The last requests' ends are told, though nobody hurries."""
    said: list[FromProxy] = []

    async def scene(publisher: Publisher, _owner: Owner, connection: FeedConnection) -> None:
        all_from(connection)
        publisher.publish(Beat(1, 0), at_once=False)
        publisher.close()
        with contextlib.suppress(ConnectionError):
            said.extend(all_from(connection))

    play(path, scene)

    assert [type(one) for one in said][:1] == [Beat]
