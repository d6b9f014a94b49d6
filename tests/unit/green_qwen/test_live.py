# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Questions to green-telemetry's live socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from green_common.errors import UnavailableError
from green_qwen.live import LiveSocket

Serve = Callable[[bytes], LiveSocket]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """A live socket that gives one answer and closes."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "live.sock"))
    listener.listen(1)
    threads = []

    def start(answer: bytes) -> LiveSocket:
        def once() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        threads.append(threading.Thread(target=once))
        threads[-1].start()
        return LiveSocket(str(tmp_path / "live.sock"))

    yield start
    for thread in threads:
        thread.join(5.0)
    listener.close()


def test_a_stream_is_read_line_by_line_to_its_end(serve: Serve) -> None:
    """Chunks are no lines."""
    chunks = b'8\r\n{"a": 1}\r\n4\r\n\n{"b\r\n6\r\n": 2}\n\r\n0\r\n\r\n'
    live = serve(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)

    assert list(live.stream()) == [{"a": 1}, {"b": 2}]


def test_a_refusal_is_told_in_the_daemons_words(serve: Serve) -> None:
    """As where too many streams are open."""
    live = serve(b'HTTP/1.1 503 X\r\nContent-Length: 18\r\n\r\n{"error": "full!"}')

    with pytest.raises(UnavailableError, match="green-telemetry says: full!"):
        next(live.stream())


@pytest.mark.parametrize(
    "cut", [b"", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{", b"noise\r\n\r\n"]
)
def test_an_answer_that_breaks_off_is_said(serve: Serve, cut: bytes) -> None:
    """A daemon that was killed ends in the midst of a line."""
    with pytest.raises(UnavailableError, match="is it running"):
        list(serve(cut).history(kind="window"))
