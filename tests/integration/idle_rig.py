# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A real green-idle between a simulated GPU and a scripted end of the activity feed, for its tests."""

from __future__ import annotations

import asyncio
import contextlib
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

from green_common.feed.messages import Accepted, Beat, Finished, FromProxy, Granted, Hello, Hold, Refused
from green_common.feed.publisher import Publisher, Reader, bind_feed

PATIENCE_S = 15.0
MODEL_PID = 4242
LOWEST = [345, 345]
ROOTS = [str(Path(__file__).parents[2] / name) for name in ("shared", "daemons", "cli", "sim", "tests")]


def wait_for(condition: Callable[[], Any], what: str, within_s: float = PATIENCE_S) -> Any:
    """The first true value of the condition; fails the test where it never comes."""
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"after {within_s:g} s still not: {what}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def start(module: str, *arguments: str, environ: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(ROOTS), **environ},
            stdout=output,
            stderr=output,
        )


def stop(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> int:
    process.send_signal(number)
    return process.wait(timeout=PATIENCE_S)


class SimulatedServer:
    """green-sim with a model resident, seen through its own account of the truth."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self.gpu_socket = directory / "gpu.sock"
        self.url = f"http://127.0.0.1:{free_port()}"
        self._arguments = (
            "--listen",
            self.url.removeprefix("http://"),
            "--gpu-socket",
            str(self.gpu_socket),
            "--load-s",
            "0",
            *arguments,
        )
        self._log = directory / "sim.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> SimulatedServer:
        self._process = start("green_sim", *self._arguments, environ={}, log=self._log)
        wait_for(self._answers, "green-sim answers")
        self.mend()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            stop(self._process)

    def hold_context(
        self, memory_bytes: int, power_w: float = 0.0, *, pid: int = MODEL_PID, index: int = 0
    ) -> None:
        """A process with a CUDA context, which is what keeps clocks high on an idle card."""
        body = {"pid": pid, "memory_bytes": memory_bytes, "power_w": power_w, "gpu": index}
        httpx.post(f"{self.url}/sim/processes", json=body).raise_for_status()

    def mend(self) -> None:
        """As after the start: no faults, no locks, one context on the first card."""
        self.fail()
        self.call_driver("reset_sm 0")
        self.hold_context(20 << 30)

    def fail(self, *faults: str) -> None:
        httpx.post(f"{self.url}/sim/faults", json={"faults": list(faults)}).raise_for_status()

    def generate(self, tokens: int) -> None:
        """A client that goes to the model server without green-proxy."""
        body = {"model": "qwen3:32b", "prompt": "x", "stream": False, "options": {"num_predict": tokens}}
        httpx.post(f"{self.url}/api/generate", json=body, timeout=30).raise_for_status()

    def gpu(self, index: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{self.url}/sim/gpu").json()["gpus"][index]
        return found

    def locked(self, index: int = 0) -> list[int] | None:
        found: list[int] | None = self.gpu(index)["locked_sm_clocks_mhz"]
        return found

    def call_driver(self, line: str) -> str:
        """What another program on the machine, such as nvidia-smi, would do."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.gpu_socket))
            connection.sendall(line.encode() + b"\n")
            return connection.recv(4096).decode().strip()

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/sim/gpu").is_success
        return False


class ScriptedProxy:
    """The proxy's end of the feed, which says exactly what a test wants; its own thread and loop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard: list[tuple[float, Any]] = []
        self.left: list[str] = []
        self.accepted = 0
        self.in_flight = 0
        self.beats = True
        self.grants = True
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._publisher: Publisher | None = None

    def __enter__(self) -> ScriptedProxy:
        self._thread.start()
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def open(self) -> None:
        self._call(self._open)

    def close(self) -> None:
        self._call(self._close)

    def accept(self) -> float:
        """A request arrives; returns the monotonic time at which the feed said so."""
        self.accepted += 1
        self.in_flight += 1
        at_s = time.monotonic()
        self.say(Accepted(f"r{self.accepted}", "/api/chat"))
        return at_s

    def finish(self) -> None:
        self.in_flight -= 1
        self.say(Finished(f"g{self.accepted}", (f"r{self.accepted}",), "qwen3:32b", 200))

    def say(self, message: FromProxy) -> None:
        self._call(lambda: self._publisher.publish(message) if self._publisher else None)

    def say_raw(self, datagram: bytes) -> None:
        """Send bytes that no honest publisher would."""
        self._call(lambda: [reader.connection.send(datagram) for reader in self._readers()])

    def said(self, kind: type) -> list[Any]:
        return [message for _, message in self.heard if isinstance(message, kind)]

    def when(self, kind: type) -> float:
        """The monotonic time at which the last message of this kind was heard."""
        times_s: list[float] = [at_s for at_s, message in self.heard if isinstance(message, kind)]
        return times_s[-1]

    def greeting(self) -> Iterable[FromProxy]:
        return [Hello(self.accepted, self.in_flight)]

    def reader_said(self, reader: Reader, message: Any) -> None:
        self.heard.append((time.monotonic(), message))
        if isinstance(message, Hold):
            granted = self.grants and not self.in_flight
            reader.send(Granted(message.epoch) if granted else Refused(message.epoch, "the test says no"))

    def reader_left(self, _reader: Reader, reason: str) -> None:
        self.left.append(reason)

    def has_reader(self) -> bool:
        return bool(self._readers())

    def _readers(self) -> list[Reader]:
        return self._publisher.readers if self._publisher else []

    def _open(self) -> None:
        self._publisher = Publisher(bind_feed(str(self.path), "green-qwen"), self)
        self._beat()

    def _close(self) -> None:
        if self._publisher:
            self._publisher.close()
        self._publisher = None

    def _beat(self) -> None:
        if self._publisher is None:
            return
        if self.beats:
            self._publisher.publish(Beat(self.accepted, self.in_flight))
        self._loop.call_later(0.5, self._beat)

    def _call(self, function: Callable[[], Any]) -> Any:
        async def run() -> Any:
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(PATIENCE_S)


class IdleRig:
    """green-idle, its configuration and its log, as an administrator sees them."""

    def __init__(self, directory: Path, sim: SimulatedServer, feed: Path) -> None:
        self.held = directory / "held"
        self._log = directory / "idle.log"
        self._notify = directory / "notify.sock"
        self.module = "green_idle"
        self.environ = {
            "GREEN_GPU_DRIVER": "simulated",
            "GREEN_GPU_SIMULATED_SOCKET": str(sim.gpu_socket),
            "GREEN_FEED_SOCKET": str(feed),
            "GREEN_IDLE_HELD_FILE": str(self.held),
            "GREEN_IDLE_STATE": str(directory),
            "GREEN_IDLE_IDLE_AFTER_S": "1",
            "GREEN_LOG_FORMAT": "json",
            "NOTIFY_SOCKET": str(self._notify),
        }
        self._manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._manager.bind(str(self._notify))
        self.told: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        """Returns once the service manager would count it as started."""
        self.told.clear()
        self.process = start(self.module, *arguments, environ=self.environ, log=self._log)
        wait_for(lambda: "READY=1" in self.listen(), "green-idle is ready")

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "green_idle", *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(ROOTS), **self.environ, **environ},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process
        code, self.process = stop(self.process, number), None
        return code

    def shown(self, index: int = 0) -> dict[str, Any]:
        """What the state file says of a GPU; nothing before it is there."""
        file = self.held.with_name("state.json")
        found: list[dict[str, Any]] = json.loads(file.read_text())["gpus"] if file.exists() else []
        return found[index] if len(found) > index else {}

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            self.stop(signal.SIGKILL)
        self._manager.close()

    def listen(self) -> list[str]:
        """Everything that the service manager was told so far."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.told.append(self._manager.recv(4096).decode())
        return self.told

    def status(self) -> str:
        lines = [line for line in self.listen() if line.startswith("STATUS=")]
        return lines[-1].removeprefix("STATUS=") if lines else ""

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        parsed = [json.loads(line) for line in lines if line.startswith("{")]
        return [fields for fields in parsed if fields["event"] == name]

    def await_event(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = wait_for(lambda: self.events(name), f"the journal has {name}")[-1]
        return found


@dataclass(frozen=True, slots=True)
class World:
    """A simulated GPU, a scripted proxy, and a green-idle that was not started yet."""

    sim: SimulatedServer
    proxy: ScriptedProxy
    idle: IdleRig

    def rest(self) -> None:
        """Start green-idle and wait until the GPU rests."""
        self.idle.start()
        wait_for(lambda: self.sim.locked() == LOWEST, "clocks are lowered")


@contextlib.contextmanager
def idle_world(directory: Path, sim: SimulatedServer) -> Iterator[World]:
    sim.mend()
    with ScriptedProxy(directory / "activity.sock") as proxy:
        idle = IdleRig(directory, sim, proxy.path)
        try:
            yield World(sim, proxy, idle)
        finally:
            idle.close()
