# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A model server that is started by the user's own command, and ended by its own id."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from green_qwen.demo.scene import Actor, free_address
from green_qwen.load.clients import Server
from green_qwen.load.dialects import OPENAI
from green_qwen.tune.servers.environment import LLAMA_NAMES, llama_environment
from green_qwen.tune.servers.model_server import ServerFailedError
from green_qwen.tune.servers.template import Template
from green_qwen.tune.setting import Setting

LOOK_EVERY_S = 0.2
STOP_WITHIN_S = 15.0
LAST_LINES = 8


class CommandServer:
    """One process at a time, in a session of its own, with what it says in a file a start."""

    simulated = False

    def __init__(
        self,
        template: Template,
        logs: Path,
        fields: Mapping[str, Any],
        model: str = "",
        ready_within_s: float = 300.0,
    ) -> None:
        self._template, self._logs, self._fields, self._model = template, logs, fields, model
        self._ready_within_s = ready_within_s
        self._actor: Actor | None = None
        self._starts = 0

    @property
    def name(self) -> str:
        return self._template.program

    @property
    def knobs(self) -> frozenset[str]:
        return self._template.knobs

    async def begin(self, setting: Setting) -> None:
        """It has no state without a model."""

    async def load(self, setting: Setting) -> Server:
        address = free_address()
        command = self._template.command(setting, int(address.rpartition(":")[2]))
        actor = self._actor = await self._start(command, llama_environment(setting))
        url = f"http://{address}"
        async with httpx.AsyncClient(base_url=url, timeout=5.0, trust_env=False) as http:
            await self._until_ready(http, actor)
            model = self._model or await _served_model(http)
        return Server(url, model, OPENAI, self._fields)

    async def end(self) -> None:
        actor, self._actor = self._actor, None
        if actor is not None:
            await actor.stop(STOP_WITHIN_S)

    async def restore(self) -> None:
        await self.end()

    async def _start(self, command: list[str], environ: Mapping[str, str]) -> Actor:
        self._starts += 1
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"server-{self._starts}.log"
        kept = {name: value for name, value in os.environ.items() if name not in LLAMA_NAMES}
        with log.open("wb") as output:
            try:
                process = await asyncio.create_subprocess_exec(
                    *_with_us(command),
                    env={**kept, **environ},
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            except OSError as error:
                raise ServerFailedError(
                    f"{command[0]}: {error.strerror}; --server-command has to name it"
                ) from error
        return Actor(self.name, process, log)

    async def _until_ready(self, http: httpx.AsyncClient, actor: Actor) -> None:
        until_s = time.monotonic() + self._ready_within_s
        while not await _is_ready(http):
            if actor.process.returncode is not None:
                raise ServerFailedError(
                    f"{self.name} ended with {actor.process.returncode}: {_said(actor.log)}"
                )
            if time.monotonic() > until_s:
                raise ServerFailedError(
                    f"{self.name} was not ready in {self._ready_within_s:.0f} s; {_said(actor.log)}"
                )
            await asyncio.sleep(LOOK_EVERY_S)


def _said(log: Path) -> str:
    """Its last line first, since that is what a table has room for."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    last = lines[-1].strip() if lines else "it said nothing"
    return "\n".join([f"{last} ({log})", *lines[-LAST_LINES:-1]])


async def _is_ready(http: httpx.AsyncClient) -> bool:
    """llama-server says 503 on /health while it loads; a server without that route has a list of models."""
    try:
        health = await http.get("/health")
        if health.status_code == httpx.codes.NOT_FOUND:
            return (await http.get("/v1/models")).status_code == httpx.codes.OK
        return health.status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


async def _served_model(http: httpx.AsyncClient) -> str:
    try:
        return str((await http.get("/v1/models")).json()["data"][0]["id"])
    except (httpx.HTTPError, ValueError, LookupError, TypeError):
        return "default"


def _with_us(command: list[str]) -> list[str]:
    """Were tune killed itself, the server would else stay on the GPU."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else command
