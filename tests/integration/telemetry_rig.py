# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-telemetry as a process, beside a simulated GPU and a feed that the test speaks on."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from green_common.feed.messages import FromProxy, Hello
from green_common.feed.publisher import Publisher, bind_feed

ROOT = Path(__file__).parents[2]
SOURCES = os.pathsep.join(str(ROOT / part) for part in ("shared", "daemons", "cli", "sim"))
WAIT_S = 20.0

Entry = dict[str, Any]


def wait_until(true: Callable[[], Any], what: str, within_s: float = WAIT_S) -> Any:
    """The first true value of the question, asked again and again."""
    end_s = time.monotonic() + within_s
    while time.monotonic() < end_s:
        if found := true():
            return found
        time.sleep(0.02)
    raise AssertionError(f"after {within_s} s still no {what}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass
class Program:
    """A process of this project whose log goes to a file."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def text(self) -> str:
        return self.log.read_text()

    def entries(self, event: str) -> list[Entry]:
        """What was logged under an event, oldest first."""
        lines = [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    def wait_for(self, event: str, count: int = 1, within_s: float = WAIT_S) -> list[Entry]:
        def enough() -> list[Entry]:
            found = self.entries(event)
            return found if len(found) >= count else []

        what = f"{count} entries '{event}' in:\n{self.text}"
        found: list[Entry] = wait_until(enough, what, within_s)
        return found

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(WAIT_S)


@contextlib.contextmanager
def program(module: str, folder: Path, *arguments: str, **environ: str) -> Iterator[Program]:
    """Run a module of this checkout until the end of the block."""
    log = folder / f"{module}.log"
    own = {name: value for name, value in os.environ.items() if not name.startswith(("GREEN_", "OLLAMA_"))}
    places = {
        "PYTHONPATH": SOURCES,
        "GREEN_LOG_FORMAT": "json",
        "GREEN_FEED_SOCKET": str(folder / "activity.sock"),
        "GREEN_GPU_DRIVER": "simulated",
        "GREEN_GPU_SIMULATED_SOCKET": str(folder / "gpu.sock"),
        "GREEN_TELEMETRY_LISTEN": "",
        "GREEN_TELEMETRY_LIVE_SOCKET": str(folder / "live.sock"),
    }
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments], env=own | places | environ, stdout=sink, stderr=sink
        )
    running = Program(process, log)
    try:
        yield running
    finally:
        running.stop()


@dataclass
class Simulation:
    """A running green-sim; it knows the truth."""

    program: Program
    url: str

    def truth(self) -> list[Entry]:
        """The generations with their true joules."""
        requests: list[Entry] = httpx.get(f"{self.url}/sim/requests").json()["requests"]
        return requests

    def set_faults(self, *names: str) -> None:
        httpx.post(f"{self.url}/sim/faults", json={"faults": names}).raise_for_status()

    def chat(self, prompt: str, *, at: str | None = None, **more: Any) -> Entry:
        """One chat to its end, at the model server itself or at another address."""
        message = {"role": "user", "content": prompt}
        body = {"model": "qwen3:32b", "messages": [message], "think": False, **more}
        with httpx.stream("POST", f"{at or self.url}/api/chat", json=body, timeout=120) as response:
            response.raise_for_status()
            last: Entry = json.loads(list(response.iter_lines())[-1])
        return last


@contextlib.contextmanager
def simulation(folder: Path, *arguments: str) -> Iterator[Simulation]:
    """A simulated GPU and Ollama until the end of the block."""
    port = free_port()
    own = ("--listen", f"127.0.0.1:{port}", "--gpu-socket", str(folder / "gpu.sock"))
    with program("green_sim", folder, *own, *arguments) as running:
        wait_until(lambda: "ready" in running.text, f"ready in:\n{running.text}")
        yield Simulation(running, f"http://127.0.0.1:{port}")


class Feed:
    """The proxy's end of the feed in a thread of its own."""

    def __init__(self, path: Path, greeting: Iterable[FromProxy]) -> None:
        self._greeting = tuple(greeting)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._publisher: Publisher = self._call(lambda: Publisher(bind_feed(str(path), "none"), self))

    @property
    def readers(self) -> int:
        return len(self._publisher.readers)

    def say(self, *messages: FromProxy) -> None:
        for message in messages:
            self._call(functools.partial(self._publisher.publish, message))

    def skip(self) -> None:
        """Lose one message on the way to each reader."""
        for reader in self._publisher.readers:
            reader._sent += 1

    def close(self) -> None:
        if self._loop.is_closed():
            return
        self._call(self._publisher.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_S)
        self._loop.close()

    def greeting(self) -> Iterable[FromProxy]:
        return self._greeting

    def reader_said(self, reader: object, message: object) -> None:
        raise AssertionError(f"telemetry only listens, but said {message}")

    def reader_left(self, reader: object, reason: str) -> None:
        pass

    def _call(self, act: Callable[[], Any]) -> Any:
        async def call() -> Any:
            return act()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(WAIT_S)


@contextlib.contextmanager
def feed(folder: Path, *running: FromProxy) -> Iterator[Feed]:
    """A feed that greets with what runs."""
    serving = Feed(folder / "activity.sock", [Hello(len(running), len(running)), *running])
    try:
        yield serving
    finally:
        serving.close()


@contextlib.contextmanager
def telemetry(folder: Path, **environ: str) -> Iterator[Program]:
    """A green-telemetry that is ready, until the end of the block."""
    with program("green_telemetry", folder, **environ) as running:
        running.wait_for("daemon.ready")
        yield running
