# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How each arm is served: who holds the model, and whether green-proxy stands before it."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from green_common.errors import UsageError
from green_qwen.bench.ollama_unit import OllamaUnit
from green_qwen.bench.served import until_up
from green_qwen.demo.daemons import start_daemons, start_simulation, stop_daemons
from green_qwen.demo.ground import Ground, places
from green_qwen.demo.scene import Scene, free_address

# Reading 20 GB from a disk that was never read before.
UP_WITHIN_S = 600.0


class Backend(Protocol):
    """Holds the model, and is up within the block; yields its address."""

    @property
    def says(self) -> str:
        """For people: what it is."""

    def up(self, scene: Scene) -> contextlib.AbstractAsyncContextManager[str]: ...


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs already, and is left alone."""

    url: str
    name: str = "the model server"

    @property
    def says(self) -> str:
        return f"{self.name} at {self.url}"

    @contextlib.asynccontextmanager
    async def up(self, scene: Scene) -> AsyncIterator[str]:
        yield self.url


@dataclass(frozen=True, slots=True)
class Command:
    """A server that is started for each run and stopped after it; `template` holds {port}."""

    template: str
    option: str

    @property
    def says(self) -> str:
        return f"`{self.template}`"

    def words(self, port: str, **places: str) -> list[str]:
        """Raises UsageError where it is no such template."""
        try:
            words = [word.format(port=port, **places) for word in shlex.split(self.template)]
        except (ValueError, LookupError) as error:
            known = ", ".join(f"{{{name}}}" for name in ("port", *places))
            raise UsageError(f"{self.option} {self.template!r}: {error}; it may hold {known}") from error
        if not any(port in word for word in words):
            raise UsageError(f"{self.option} {self.template!r}: it has to say {{port}}, its own")
        return words

    @contextlib.asynccontextmanager
    async def up(self, scene: Scene, **places: str) -> AsyncIterator[str]:
        address = free_address()
        words = self.words(address.rpartition(":")[2], **places)
        try:
            await scene.start_command("the model server", words, until_up(f"http://{address}"), UP_WITHIN_S)
            yield f"http://{address}"
        finally:
            await scene.stop("the model server")


@dataclass(frozen=True, slots=True)
class Simulation:
    """green-sim with so many slots, started anew for each run."""

    ground: Ground
    slots: int

    @property
    def says(self) -> str:
        return f"the simulated Ollama with {self.slots} slots" if self.slots > 1 else "the simulated Ollama"

    @contextlib.asynccontextmanager
    async def up(self, scene: Scene) -> AsyncIterator[str]:
        try:
            await start_simulation(scene, self.ground, self.slots)
            yield self.ground.upstream
        finally:
            await scene.stop("green-sim")


@dataclass(frozen=True, slots=True)
class Unit:
    """ollama.service with what the drop-in sets, or without."""

    unit: OllamaUnit
    url: str
    default: bool

    @property
    def says(self) -> str:
        return "ollama.service in its default setting" if self.default else "ollama.service as it is set"

    @contextlib.asynccontextmanager
    async def up(self, scene: Scene) -> AsyncIterator[str]:
        await (self.unit.start_default() if self.default else self.unit.start_as_set())
        yield self.url


@dataclass(frozen=True, slots=True)
class Front:
    """
    green-proxy before it.

    `url` is one that runs; without it the services are started for the run, as the demo does, and green-idle
    with them where `rest` says so.
    """

    url: str = ""
    rest: bool = False
    environ: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Serving:
    """Where clients go, whether receipts are in the journal, and whether a green-idle may lower clocks."""

    url: str
    in_front: bool
    receipts_in_journal: bool
    rests: bool = False


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of the comparison."""

    name: str
    backend: Backend
    front: Front | None

    @property
    def says(self) -> str:
        if self.front is None:
            return f"clients talk to {self.backend.says} itself"
        through = f"green-proxy at {self.front.url}" if self.front.url else "green-proxy"
        if self.front.url and self.backend == Running(self.front.url, "the server"):
            # Nobody said what is behind it.
            return f"through {through}"
        return f"through {through}, before {self.backend.says}"

    @contextlib.asynccontextmanager
    async def serving(self, scene: Scene) -> AsyncIterator[Serving]:
        """Ends all that it started."""
        async with self.backend.up(scene) as url:
            if self.front is None:
                yield Serving(url, in_front=False, receipts_in_journal=False)
            elif self.front.url:
                yield Serving(self.front.url, in_front=True, receipts_in_journal=True, rests=True)
            else:
                async with _own_daemons(scene, url, self.front) as address:
                    yield Serving(address, in_front=True, receipts_in_journal=False, rests=self.front.rest)


@contextlib.asynccontextmanager
async def _own_daemons(scene: Scene, upstream: str, front: Front) -> AsyncIterator[str]:
    environ = {**(front.environ or places(scene.folder)), "GREEN_PROXY_UPSTREAM": upstream}
    try:
        await start_daemons(scene, environ, rest=front.rest)
        yield f"http://{environ['GREEN_PROXY_LISTEN']}"
    finally:
        await stop_daemons(scene)
