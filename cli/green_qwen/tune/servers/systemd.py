# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What tune has the service manager do."""

from __future__ import annotations

import asyncio
import os
import shutil

from green_common.errors import NotPermittedError
from green_qwen.tune.servers.model_server import ServerFailedError

WITHIN_S = 120.0


async def systemctl(*arguments: str) -> str:
    """What it printed; raises ServerFailedError with what it said where it fails."""
    program = shutil.which("systemctl")
    if program is None:
        raise ServerFailedError("systemctl: not found; without systemd take --server-command")
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        printed, said = await asyncio.wait_for(process.communicate(), WITHIN_S)
    except asyncio.TimeoutError as error:
        process.kill()
        await process.wait()
        raise ServerFailedError(f"systemctl {' '.join(arguments)}: not done in {WITHIN_S:.0f} s") from error
    if process.returncode:
        words = said.decode(errors="replace").strip() or f"ended with {process.returncode}"
        raise ServerFailedError(f"systemctl {' '.join(arguments)}: {words}")
    return printed.decode(errors="replace")


async def property_of(unit: str, name: str) -> str:
    return (await systemctl("show", "--property", name, "--value", unit)).strip()


def require_root(unit: str) -> None:
    if os.geteuid() != 0:
        raise NotPermittedError(
            f"tune restarts {unit} with one setting after another, which takes root: sudo green-qwen tune; "
            "--simulate and --server-command go without"
        )
