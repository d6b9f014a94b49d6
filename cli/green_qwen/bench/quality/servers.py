# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The two servers whose answers are held against each other: started one after the other, or running."""

from __future__ import annotations

import argparse

from green_common.errors import UnavailableError
from green_qwen.bench.arms import Command
from green_qwen.bench.progress import Progress
from green_qwen.bench.quality.compare import Reading, compare
from green_qwen.bench.quality.outcome import Quality
from green_qwen.bench.quality.reader import read_with
from green_qwen.demo.scene import Scene

REFERENCE = "f16"


async def measure_quality(given: argparse.Namespace, scene: Scene, progress: Progress) -> Quality | None:
    """None where it was not asked for; raises UnavailableError where a server does not do."""
    if given.quality:
        readings = [await read_with(url.rstrip("/")) for url in given.quality]
    elif given.quality_command:
        command = Command(given.quality_command, "--quality-command")
        readings = [await _read(command, scene, cache, progress) for cache in (REFERENCE, given.kv_cache)]
    else:
        return None
    try:
        return compare(readings[0], readings[1], (REFERENCE, given.kv_cache))
    except ValueError as error:
        raise UnavailableError(f"quality: {error}") from error
    finally:
        progress.done()


async def _read(command: Command, scene: Scene, cache: str, progress: Progress) -> Reading:
    progress.say(f"quality: reading with the cache in {cache}")
    async with command.up(scene, kv_cache=cache) as url:
        return await read_with(url)
