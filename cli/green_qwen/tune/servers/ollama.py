# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""ollama.service, restarted with one setting after another by a drop-in that no boot survives."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path

import httpx

from green_qwen.load.clients import Server
from green_qwen.tune.servers.environment import OLLAMA_NAMES, ollama_environment, ollama_options
from green_qwen.tune.servers.model_server import ServerFailedError
from green_qwen.tune.servers.ollama_api import load_in_ollama
from green_qwen.tune.servers.systemd import property_of, systemctl
from green_qwen.tune.setting import Setting

# After all others by its name, whichever folder they lie in.
DROP_IN = "zz-green-tune.conf"
RUNTIME_FOLDER = Path("/run/systemd/system")
UP_WITHIN_S = 60.0
LOOK_EVERY_S = 0.2
KNOBS = frozenset(
    (
        *("slots", "context_tokens", "kv_cache", "flash_attention", "batch_tokens", "threads", "mmap"),
        *("perf_boost", "gpu_sampling"),
    )
)


class OllamaServer:
    """Ollama as systemd runs it; what others have set for it counts as little as if nobody had."""

    simulated = False
    knobs = KNOBS

    def __init__(self, unit: str, url: str, model: str, runtime: Path = RUNTIME_FOLDER) -> None:
        self._unit, self._url, self._model = unit, url, model
        self._drop_in = runtime / f"{unit}.d" / DROP_IN
        self._was_active: bool | None = None

    @property
    def name(self) -> str:
        return self._unit

    async def begin(self, setting: Setting) -> None:
        if self._was_active is None:
            self._was_active = await property_of(self._unit, "ActiveState") == "active"
        self._drop_in.parent.mkdir(parents=True, exist_ok=True)
        self._drop_in.write_text(trial_drop_in(setting))
        await systemctl("daemon-reload")
        await systemctl("restart", self._unit)
        await until_up(self._unit, self._url)

    async def load(self, setting: Setting) -> Server:
        return await load_in_ollama(self._url, self._model, ollama_options(setting))

    async def end(self) -> None:
        """The next trial restarts it."""

    async def restore(self) -> None:
        """Without the drop-in; running only if it ran before."""
        if not self._remove() and self._was_active is None:
            return
        await systemctl("daemon-reload")
        await systemctl("stop" if self._was_active is False else "restart", self._unit)

    def _remove(self) -> bool:
        """Also one that an earlier run left when it was killed."""
        there = self._drop_in.exists()
        self._drop_in.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            # Only where nobody else has a drop-in there.
            self._drop_in.parent.rmdir()
        return there


async def until_up(unit: str, url: str) -> None:
    """systemd calls it started before it listens; raises ServerFailedError where it never does."""
    until_s = time.monotonic() + UP_WITHIN_S
    async with httpx.AsyncClient(base_url=url, timeout=5.0, trust_env=False) as http:
        while not await _answers(http):
            if await property_of(unit, "ActiveState") == "failed":
                raise ServerFailedError(f"{unit} failed with this setting: journalctl -u {unit} -n 20")
            if time.monotonic() > until_s:
                raise ServerFailedError(
                    f"{unit} does not answer at {url} {UP_WITHIN_S:.0f} s after its start"
                )
            await asyncio.sleep(LOOK_EVERY_S)


def trial_drop_in(setting: Setting) -> str:
    """What the setting sets, and nothing of what others have set for the same knobs."""
    environ = {**ollama_environment(setting), "OLLAMA_KEEP_ALIVE": "-1"}
    unset = [name for name in OLLAMA_NAMES if name not in environ]
    lines = ["# Of a running green-qwen tune, which removes it at its end.", "[Service]"]
    lines += [f"Environment={name}={value}" for name, value in environ.items()]
    # UnsetEnvironment= comes after all Environment= lines of all files.
    lines += [f"UnsetEnvironment={' '.join(unset)}"] if unset else []
    return "\n".join(lines) + "\n"


async def _answers(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/api/version")).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
