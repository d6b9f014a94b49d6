# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Processes that demo, bench and tune start, and what those start themselves."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from green_qwen.demo.scene import Scene

GONE_S = 5.0


def state_of(pid: int) -> str:
    """'' for one that is gone, and for one whose end only its parent has to hear of."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if state == "Z" else state


@pytest.mark.parametrize("deaf", ["", "trap '' TERM; "], ids=["obeys", "does not obey"])
def test_a_servers_children_end_with_it(tmp_path: Path, deaf: str) -> None:
    """A wrapper's model server would else stay on the GPU."""
    mark = tmp_path / "pid"
    script = f"({deaf}sleep 300) & echo $! >{mark}; wait"

    async def played() -> None:
        async def marked() -> None:
            while not (mark.exists() and mark.read_text().strip()):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

        scene = Scene(tmp_path)
        await scene.start_command("server", ("sh", "-c", script), marked(), 10.0)
        await scene.stop_all()

    asyncio.run(played())

    child = int(mark.read_text())
    until_s = time.monotonic() + GONE_S
    while state_of(child) and time.monotonic() < until_s:
        time.sleep(0.02)
    assert not state_of(child)
