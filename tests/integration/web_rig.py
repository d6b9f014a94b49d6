# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The gateway with the daemons behind it, on the simulation, and a reader of its events."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from integration.proxy_rig import Proxy, free_port, running_proxy
from integration.telemetry_rig import Entry, Simulation, simulation

WAIT_S = 20.0


@dataclass
class Events:
    """What comes on one open page."""

    lines: Iterator[str]

    def next(self) -> tuple[str, Entry]:
        """The next event's name and content."""
        name = ""
        for line in self.lines:
            key, _, value = line.partition(": ")
            if key == "event":
                name = value
            elif key == "data":
                content: Entry = json.loads(value)
                return name, content
        raise AssertionError("the stream has ended")

    def until(self, name: str, true: Callable[[Entry], Any] = lambda _: True) -> Entry:
        """The next event of this name that is so."""
        while True:
            found, content = self.next()
            if found == name and true(content):
                return content


@dataclass
class Site:
    """A gateway and its folder, in which telemetry's live socket may be."""

    proxy: Proxy
    gateway: str
    folder: Path
    sim: Simulation | None = None

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.gateway, headers={"Origin": self.gateway}, timeout=WAIT_S)

    @contextlib.contextmanager
    def page(self) -> Iterator[Events]:
        """An open page."""
        with self.client() as client, client.stream("GET", "/-/live") as response:
            assert response.headers["content-type"] == "text/event-stream"
            yield Events(response.iter_lines())

    def chat(self, prompt: str) -> Entry:
        assert self.sim is not None
        return self.sim.chat(prompt, at=self.gateway)


@contextlib.contextmanager
def site(folder: Path, upstream: str, **settings: object) -> Iterator[Site]:
    """A green-proxy with its gateway; green-telemetry is the test's to start."""
    address = f"127.0.0.1:{free_port()}"
    places = {
        "GREEN_FEED_SOCKET": folder / "activity.sock",
        "GREEN_TELEMETRY_LIVE_SOCKET": folder / "live.sock",
        "GREEN_IDLE_HELD_FILE": folder / "held",
    }
    with running_proxy(upstream, gateway=address, **places, **settings) as proxy:
        yield Site(proxy, f"http://{address}", folder)


@contextlib.contextmanager
def simulated_site(folder: Path) -> Iterator[Site]:
    with simulation(folder, "--load-s", "0.2") as sim, site(folder, sim.url) as made:
        made.sim = sim
        yield made
