# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One GPU with all that stands before it, and when its clocks went back."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.proxy.running import FailedError, Running, free_port
from bench.proxy.variants import Place, bare_environ, feed_socket, green_environ
from green_common.errors import UnavailableError
from green_common.feed import FeedConnection, connect
from green_common.feed.messages import Accepted

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "systemd/green-idle.service"
CPUS = "0,1"
START_S, REST_WITHIN_S, ANSWER_S = 20.0, 60.0, 30.0
TOKENS = 16
HEAD = "POST /api/generate HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"


@dataclass(frozen=True, slots=True)
class Wake:
    """Monotonic seconds: the client's connect, `accepted` on the feed, and the call that resets clocks."""

    number: int
    connect_s: float
    accepted_s: float
    reset_s: float


class Chain:
    """Starts at once; with `real_time`, green-idle gets the priority that its unit gives it."""

    def __init__(self, folder: Path, library: Path, *, real_time: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.real_time = folder, real_time
        self.gpu_socket, self.port = folder / "gpu.sock", free_port()
        self._library, self._trace = library, folder / "trace"
        self._place = Place(folder, folder, folder, ROOT, Path(sys.executable))
        self._running: list[Running] = []
        self._seen = 0
        self._start()
        self.feed = self._read_feed()
        self.accepted = 0

    def stop(self) -> None:
        for running in reversed(self._running):
            running.stop()

    def wake(self, pause_s: float) -> Wake:
        """Wait for a rest, let it last so long, and end it by a request. Raises FailedError."""
        self._await_rest()
        time.sleep(pause_s)
        self._drain()
        connect_s = self._ask()
        accepted_s = self._drain()
        reset_s = self._find("reset", connect_s)
        if accepted_s is None or reset_s is None:
            raise FailedError(f"{self.folder}: a request went by without 'accepted' or without a reset")
        return Wake(self.accepted, connect_s, accepted_s, reset_s)

    def _start(self) -> None:
        upstream = free_port()
        environ = {**bare_environ(), "PYTHONPATH": f"{ROOT}/shared:{ROOT}/daemons:{ROOT}/sim"}
        sim = ["--listen", f"127.0.0.1:{upstream}", "--gpu-socket", str(self.gpu_socket), "--load-s", "0"]
        driver = self._run("green_sim", sim, environ)
        driver.wait_for_port(upstream, START_S)
        # A real driver works in the time of whoever calls it, and never waits for a turn of its own.
        raise_priority(driver.pid)
        proxy = {**environ, **green_environ(self._place, self.port, upstream, on=False)}
        self._run("green_proxy", [], proxy).wait_for_port(self.port, START_S)
        # The model has to be in memory, or the card rests by itself.
        self._ask()
        idle = self._run("green_idle", [], {**environ, **self._idle_environ()})
        self._await_rest()
        if self.real_time:
            raise_priority(idle.pid)

    def _run(self, module: str, arguments: list[str], environ: dict[str, str]) -> Running:
        command = [sys.executable, "-m", module, *arguments]
        running = Running(command, CPUS, self.folder / f"{module}.log", environ)
        self._running.append(running)
        return running

    def _idle_environ(self) -> dict[str, str]:
        return {
            "LD_LIBRARY_PATH": str(self._library),
            "GREEN_SIM_GPU_SOCKET": str(self.gpu_socket),
            "WAKE_TRACE": str(self._trace),
            "GREEN_FEED_SOCKET": str(feed_socket(self._place)),
            "GREEN_IDLE_HELD_FILE": str(self.folder / "held"),
            "GREEN_IDLE_STATE": str(self.folder),
            "GREEN_IDLE_IDLE_AFTER_S": "1",
            # Clocks that go up and down to be measured are no wakes.
            "GREEN_IDLE_CALIBRATE": "false",
        }

    def _read_feed(self) -> FeedConnection:
        try:
            feed = connect(str(feed_socket(self._place)))
        except UnavailableError as error:
            raise FailedError(str(error)) from error
        feed.socket.setblocking(False)
        return feed

    def _drain(self) -> float | None:
        """When the last request was accepted, of those that the feed has told of since."""
        at_s = None
        with contextlib.suppress(BlockingIOError):
            while envelope := self.feed.receive():
                if isinstance(envelope.message, Accepted):
                    at_s = envelope.time_s
                    self.accepted += 1
        return at_s

    def _ask(self) -> float:
        """One short answer, read to its end; returns the time of the connect."""
        body = json.dumps({"model": "qwen3:32b", "prompt": "x", "options": {"num_predict": TOKENS}})
        request = (
            f"{HEAD}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        with socket.socket() as client:
            client.settimeout(ANSWER_S)
            connect_s = time.monotonic()
            client.connect(("127.0.0.1", self.port))
            client.sendall(request)
            while client.recv(65536):
                pass
        return connect_s

    def _await_rest(self) -> None:
        end_s = time.monotonic() + REST_WITHIN_S
        while time.monotonic() < end_s:
            lines = self._lines()
            if lines and lines[-1][0] == "lock":
                return
            time.sleep(0.05)
        raise FailedError(f"{self.folder}: no rest within {REST_WITHIN_S:g} s; see green_idle.log there")

    def _find(self, what: str, after_s: float) -> float | None:
        return next((at_s for name, at_s in self._lines() if name == what and at_s > after_s), None)

    def _lines(self) -> list[tuple[str, float]]:
        text = self._trace.read_text() if self._trace.exists() else ""
        words = [line.split() for line in text.splitlines()]
        return [(what, int(at_ns) / 1e9) for what, at_ns in words]


def raise_priority(pid: int) -> None:
    """By the unit's own words. Raises FailedError where this machine forbids it."""
    line = next(line for line in UNIT.read_text().splitlines() if line.startswith("ExecStartPost="))
    command = line.partition("=-+")[2].replace("$MAINPID", str(pid)).split()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise FailedError(f"no real-time priority here, which wants root: {done.stderr.strip()}")
