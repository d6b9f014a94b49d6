# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A green-proxy process, and a model server whose every byte the test decides."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from green_common.feed import FeedConnection, connect
from green_common.feed.messages import Beat, Tokens

ROOT = Path(__file__).parents[2]
SOURCES = os.pathsep.join(str(ROOT / part) for part in ("shared", "daemons", "cli", "sim"))
WAIT_S = 10.0
# What the model server has in memory, so that tests that are not about loading see no load.
RESIDENT = ("m", "qwen3:32b")


@dataclass
class Call:
    """One request as it arrived at the model server."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)

    @property
    def asks_what_is_resident(self) -> bool:
        """True for the proxy's own question; what it passes on has an id."""
        ours = (self.header("user-agent") or "").startswith("python-httpx")
        return self.target == "/api/ps" and ours and self.header("x-green-request-id") is None

    async def parts(self) -> list[bytes]:
        """The body, in the parts in which a chunked one came."""
        if self.header("transfer-encoding") == "chunked":
            parts = []
            while size := int(await self.reader.readline(), 16):
                parts.append(await self.reader.readexactly(size))
                await self.reader.readline()
            await self.reader.readline()
            return parts
        return [await self.reader.readexactly(int(self.header("content-length") or 0))]

    async def head(self, status: str = "200 OK", *headers: str) -> None:
        lines = [f"HTTP/1.1 {status}", *headers, "", ""]
        await self.write("\r\n".join(lines).encode())

    async def stream(self, content_type: str) -> None:
        await self.head("200 OK", f"Content-Type: {content_type}", "Transfer-Encoding: chunked")

    async def chunk(self, data: bytes) -> None:
        await self.write(b"%x\r\n%b\r\n" % (len(data), data))

    async def whole(self, body: bytes, content_type: str = "application/json") -> None:
        await self.head("200 OK", f"Content-Type: {content_type}", f"Content-Length: {len(body)}")
        await self.write(body)

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def gone(self) -> None:
        """Return when the proxy has closed the connection."""
        with contextlib.suppress(ConnectionError):
            while await self.reader.read(4096):
                continue


Answer = Callable[[Call], Awaitable[None]]


@dataclass
class ModelServer:
    """
    A server in a thread of its own; `calls` holds what arrived, `notes` what the answers put there.

    The proxy's own questions about what is in memory are answered from `resident`, and are no calls; with
    None they are like all others.
    """

    answer: Answer
    loop: asyncio.AbstractEventLoop
    resident: tuple[str, ...] | None = RESIDENT
    port: int = 0
    calls: list[Call] = field(default_factory=list)
    notes: queue.Queue[object] = field(default_factory=queue.Queue)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def paths(self) -> list[str]:
        return [call.target for call in self.calls]

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer_all(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # Cancelled where the server stops: asyncio would call that a mishap.
            pass
        finally:
            writer.close()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _read_head(reader):
            method, target, _ = head[0].split(" ")
            headers = [tuple(line.split(": ", 1)) for line in head[1:]]
            call = Call(method, target, headers, reader, writer)  # type: ignore[arg-type]
            if self.resident is not None and call.asks_what_is_resident:
                models = [{"name": name} for name in self.resident]
                await call.whole(json.dumps({"models": models}).encode())
                continue
            self.calls.append(call)
            await self.answer(call)


@contextlib.contextmanager
def model_server(
    answer: Answer, port: int = 0, *, resident: tuple[str, ...] | None = RESIDENT
) -> Iterator[ModelServer]:
    """Run the model server until the end of the block."""
    started, loop = threading.Event(), asyncio.new_event_loop()
    server = ModelServer(answer, loop, resident)

    async def serve() -> None:
        listening = await asyncio.start_server(server.connected, "127.0.0.1", port)
        server.port = listening.sockets[0].getsockname()[1]
        started.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        listening.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # For the transports to close.
        await asyncio.sleep(0)

    serving = loop.create_task(serve())
    thread = threading.Thread(target=loop.run_until_complete, args=(serving,))
    thread.start()
    assert started.wait(WAIT_S)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join(WAIT_S)
        loop.close()


@dataclass
class Proxy:
    """A running green-proxy process."""

    port: int
    directory: Path
    process: subprocess.Popen[str]
    notified: socket.socket
    feeds: list[FeedConnection] = field(default_factory=list)
    log: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def feed_path(self) -> str:
        return str(self.directory / "activity.sock")

    def feed(self, timeout_s: float = 5.0) -> FeedConnection:
        connection = connect(self.feed_path)
        connection.socket.settimeout(timeout_s)
        self.feeds.append(connection)
        return connection

    def wait_for(self, said: str) -> str:
        """The next message to the service manager that says this."""
        deadline_s = time.monotonic() + WAIT_S
        while time.monotonic() < deadline_s:
            message = self.notified.recv(4096).decode()
            if said in message:
                return message
        raise AssertionError(f"systemd never heard {said!r}")

    def stop(self) -> str:
        """SIGTERM where it still runs, wait, and return all that it logged."""
        if self.log is None:
            self.process.send_signal(signal.SIGTERM)
            self.log = self.process.communicate(timeout=WAIT_S)[1]
        return self.log

    def close(self) -> None:
        self.notified.close()
        for feed in self.feeds:
            feed.close()


def messages_until(feed: FeedConnection, last: type) -> list[Any]:
    """What the feed says up to the first message of this kind, without beats and counts of tokens."""
    seen: list[Any] = []
    while not seen or not isinstance(seen[-1], last):
        envelope = feed.receive()
        assert envelope is not None, f"the feed ended after {seen}"
        if isinstance(envelope.message, last) or not isinstance(envelope.message, Beat | Tokens):
            seen.append(envelope.message)
    return seen


def time_of(feed: FeedConnection, kind: type) -> float:
    """When, by the proxy's own clock, it sent the next message of this kind."""
    while envelope := feed.receive():
        if isinstance(envelope.message, kind):
            return envelope.time_s
    raise AssertionError(f"the feed ended without {kind.__name__}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int) -> None:
    """Return once somebody listens there."""
    deadline_s = time.monotonic() + WAIT_S
    while time.monotonic() < deadline_s:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on port {port}")


def start_proxy(directory: Path, upstream: str, port: int, **settings: object) -> Proxy:
    """
    Start the process without waiting for it; settings are keys of [proxy], or variables GREEN_...

    `config` among them is the path of a configuration file.
    """
    config = settings.pop("config", None)
    notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notified.settimeout(WAIT_S)
    notified.bind(str(directory / "notify.sock"))
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": SOURCES,
        "NOTIFY_SOCKET": str(directory / "notify.sock"),
        "GREEN_PROXY_LISTEN": f"127.0.0.1:{port}",
        "GREEN_PROXY_GATEWAY": "",
        "GREEN_PROXY_UPSTREAM": upstream,
        "GREEN_FEED_SOCKET": str(directory / "activity.sock"),
        "WATCHDOG_USEC": "4000000",
        **{
            key if key.startswith("GREEN_") else f"GREEN_PROXY_{key.upper()}": str(value)
            for key, value in settings.items()
        },
    }
    command = [sys.executable, "-W", "error", "-m", "green_proxy"]
    if config is not None:
        command += ["--config", str(config)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    return Proxy(port, directory, process, notified)


@contextlib.contextmanager
def running_proxy(upstream: str, **settings: object) -> Iterator[Proxy]:
    """A ready green-proxy, ended with the block; its log must hold no traceback."""
    with tempfile.TemporaryDirectory(prefix="green-") as directory:
        proxy = start_proxy(Path(directory), upstream, free_port(), **settings)
        try:
            proxy.wait_for("READY=1")
            yield proxy
        finally:
            log = proxy.stop()
            proxy.close()
        assert "Traceback" not in log, log


async def _read_head(reader: asyncio.StreamReader) -> list[str]:
    with contextlib.suppress(asyncio.IncompleteReadError):
        text = await reader.readuntil(b"\r\n\r\n")
        return text.decode("latin-1").split("\r\n")[:-2]
    return []
