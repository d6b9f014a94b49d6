# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A machine on which green-qwen is installed, in front of a simulated GPU and a simulated Ollama."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from system.machine import Machine, wait_for

HERE = Path(__file__).parent
SERVICES = ("green-proxy", "green-telemetry", "green-idle")
SOCKET = "green-proxy.socket"
METRICS_SOCKET = "green-telemetry.socket"
PACKAGE = "/opt/green-qwen.deb"
SIMULATION = "http://127.0.0.1:11434/sim"
# Somebody else's program on a port, which tells systemd when it has it.
OCCUPY = """
import os, socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
    manager.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
time.sleep(600)
"""
Entry = dict[str, Any]


class Server:
    """What an administrator does on the machine, and what can be seen there from outside the services."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def install(self, package: Path) -> str:
        """`apt install` from the file, with no network."""
        self.machine.write(PACKAGE, package.read_bytes())
        return self.machine.run("apt-get", "install", "--yes", PACKAGE)

    def remove(self, *, purge: bool = False) -> str:
        """`apt remove` or `apt purge`."""
        return self.machine.run("apt-get", "purge" if purge else "remove", "--yes", "green-qwen")

    def start_simulation(self, nvml: Path) -> None:
        """The simulation runs from a copy, since it outlives the package's removal."""
        self.machine.run("cp", "-a", "/usr/lib/green-qwen", "/opt/green-sim")
        # Where the loader looks on every architecture.
        self.machine.write("/usr/lib/libnvidia-ml.so.1", nvml.read_bytes())
        self.machine.write("/etc/systemd/system/green-sim.service", (HERE / "green-sim.service").read_bytes())
        self.machine.run("systemctl", "daemon-reload")
        self.machine.run("systemctl", "start", "green-sim")

    def enable(self) -> None:
        """The last of the three commands that a user has to type."""
        self.machine.run("systemctl", "enable", "--now", *SERVICES)

    def chat(self, prompt: str) -> dict[str, Any]:
        """A whole answer through green-proxy."""
        answer: dict[str, Any] = self._client("chat", prompt)
        return answer

    def chat_together(self, clients: int) -> None:
        """So many short answers at a time."""
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(self.chat, [f"Say {number}." for number in range(clients)]))

    def get(self, url: str) -> dict[str, Any]:
        """The JSON object at an address."""
        answer: dict[str, Any] = self._client("get", url)
        return answer

    def post(self, url: str, body: dict[str, Any]) -> Any:
        """The JSON that an address answers to a POST."""
        return self._client("post", url, json.dumps(body))

    def fail(self, *faults: str) -> None:
        """Make these things go wrong with the simulated GPU, and no others."""
        self.post(f"{SIMULATION}/faults", {"faults": list(faults)})

    def code(self, url: str, *key: str) -> int:
        """The status code of an answer, with an API key or without."""
        answer: int = self._client("code", url, *key)
        return answer

    def gpu(self) -> dict[str, Any]:
        """The GPU as it truly is."""
        gpu: dict[str, Any] = self._simulation("gpu")["gpus"][0]
        return gpu

    def last_generation(self) -> dict[str, Any]:
        """The newest generation as the model server saw it."""
        generation: dict[str, Any] = self._simulation("requests")["requests"][-1]
        return generation

    def wait_for_lowered_clocks(self) -> dict[str, Any]:
        """The GPU with clocks locked low; raises where that doesn't come."""
        return wait_for("lowered clocks", lambda: self._gpu_where(lowered=True), 60.0)

    def wait_for_free_clocks(self) -> dict[str, Any]:
        """The GPU with no lock; raises where that doesn't come within five seconds."""
        return wait_for("clocks given back", lambda: self._gpu_where(lowered=False), 5.0)

    def journal(self, service: str, event: str) -> list[Entry]:
        """The entries of a service with that name of event, oldest first."""
        lines = self.machine.run("journalctl", "-u", service, "-o", "json", f"GREEN_EVENT={event}")
        return [json.loads(line) for line in lines.splitlines() if line.startswith("{")]

    def property(self, service: str, name: str) -> str:
        """A property of a unit, as `systemctl show` has it."""
        return self.machine.run("systemctl", "show", "--value", "-p", name, service).strip()

    def is_active(self, service: str) -> bool:
        return self.property(service, "ActiveState") == "active"

    @contextmanager
    def occupied(self, port: int) -> Iterator[None]:
        """Somebody else has the port, takes connections and answers nothing."""
        python = ("/usr/bin/python3", "-c", OCCUPY, str(port))
        self.machine.run("systemd-run", "--unit=occupier", "--service-type=notify", *python)
        try:
            yield
        finally:
            self.machine.run("systemctl", "stop", "occupier")

    def _gpu_where(self, *, lowered: bool) -> dict[str, Any] | None:
        gpu = self.gpu()
        return gpu if (gpu["locked_sm_clocks_mhz"] is not None) == lowered else None

    def _simulation(self, what: str) -> dict[str, Any]:
        return self.get(f"{SIMULATION}/{what}")

    def _client(self, *words: str) -> Any:
        return json.loads(self.machine.run_host_python(HERE / "client.py", *words))
