# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""ollama.service as it is set and in its default setting, and again as it was."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

from green_common.errors import NotPermittedError, UnavailableError
from green_qwen.bench.served import until_up

UNIT = "ollama.service"
# In /run: were the machine to fail in the midst, a restart of it takes this away too. Read after all others.
OVERRIDE = Path("/run/systemd/system/ollama.service.d/zzz-green-qwen-bench.conf")
OURS = "green-qwen"
UP_WITHIN_S = 120.0


class OllamaUnit:
    """Restarts it with and without what green-qwen's drop-ins set; `restore` puts back what was there."""

    def __init__(self, url: str, systemctl: str = "systemctl", override: Path = OVERRIDE) -> None:
        self._url, self._systemctl, self._override = url, systemctl, override
        self._was_active: bool | None = None

    async def start_default(self) -> None:
        """Without the variables of the drop-ins; raises UnavailableError where there are none."""
        await self._remember()
        names = sorted(await self._variables())
        if not names:
            raise UnavailableError(
                f"{UNIT} has no drop-in of green-qwen, so one setting only; `green-qwen tune` writes one"
            )
        self._override.parent.mkdir(parents=True, exist_ok=True)
        self._override.write_text(f"[Service]\nUnsetEnvironment={' '.join(names)}\n")
        await self._restart()

    async def start_as_set(self) -> None:
        """With all that is installed."""
        await self._remember()
        self._override.unlink(missing_ok=True)
        await self._restart()

    async def restore(self) -> None:
        """As it was, also after nothing was done."""
        if self._was_active is None:
            return
        self._override.unlink(missing_ok=True)
        await self._call("daemon-reload")
        await self._call("restart" if self._was_active else "stop", UNIT)

    async def _remember(self) -> None:
        if self._was_active is not None:
            return
        if os.geteuid() != 0:
            raise NotPermittedError(f"restarting {UNIT} takes root: sudo green-qwen bench --restart-ollama")
        self._was_active = (await self._ask("ActiveState")) == "active"

    async def _restart(self) -> None:
        await self._call("daemon-reload")
        await self._call("restart", UNIT)
        try:
            await asyncio.wait_for(until_up(self._url), UP_WITHIN_S)
        except asyncio.TimeoutError as error:
            text = f"{UNIT} does not answer at {self._url}; look at journalctl -u {UNIT}"
            raise UnavailableError(text) from error

    async def _variables(self) -> set[str]:
        paths = (await self._ask("DropInPaths")).split()
        return {name for path in paths if OURS in Path(path).name for name in variables_of(Path(path))}

    async def _ask(self, what: str) -> str:
        return (await self._call("show", "--property", what, "--value", UNIT)).strip()

    async def _call(self, *words: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *(self._systemctl, *words), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        said, complaint = await process.communicate()
        if process.returncode:
            text = f"systemctl {' '.join(words)}: {complaint.decode(errors='replace').strip()}"
            raise UnavailableError(text)
        return said.decode(errors="replace")


def variables_of(drop_in: Path) -> Iterator[str]:
    """The names that its Environment= lines set."""
    for line in drop_in.read_text(errors="replace").splitlines():
        key, equals, value = line.strip().partition("=")
        if key == "Environment" and equals:
            # Systemd takes several in one line, each in quotes or not; none of ours holds a blank.
            yield from (word.strip("\"'").partition("=")[0] for word in value.split() if "=" in word)
