# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Runs in green-proxy's place, under its user: grants every hold, and sends garbage on SIGUSR1.

    lying_proxy.py SOCKET
"""

from __future__ import annotations

import select
import signal
import socket
import sys
import threading
import time

from green_common.feed.codec import decode, encode
from green_common.feed.messages import FROM_READER, Beat, FromProxy, Granted, Hello, Hold
from green_common.feed.publisher import bind_feed

GARBAGE = b"\xff{"
BEAT_EVERY_S = 0.5


def talk(reader: socket.socket, lies: threading.Event) -> None:
    """Until the reader has gone or was lied to, be a proxy with nothing in flight."""
    numbers = iter(range(1, sys.maxsize))

    def say(message: FromProxy) -> None:
        reader.send(encode(message, number=next(numbers), time_s=time.monotonic()))

    say(Hello(0, 0))
    while not lies.is_set():
        if select.select([reader], [], [], BEAT_EVERY_S)[0]:
            asked = decode(reader.recv(4096), FROM_READER).message
            if isinstance(asked, Hold):
                say(Granted(asked.epoch))
        say(Beat(0, 0))
    reader.send(GARBAGE)
    # The reader is the one to go.
    reader.recv(4096)


def serve(reader: socket.socket, lies: threading.Event) -> None:
    try:
        with reader:
            talk(reader, lies)
    except Exception as error:
        # Also the empty datagram of a reader that leaves, which is no message.
        print(f"a reader left: {error}", flush=True)


def main(path: str) -> None:
    lies = threading.Event()
    signal.signal(signal.SIGUSR1, lambda *_: lies.set())
    listener = bind_feed(path, "green-qwen")
    listener.setblocking(True)
    while True:
        reader, _ = listener.accept()
        threading.Thread(target=serve, args=(reader, lies), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1])
