# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The journal read on behalf of who asks: one reading at a time, within bounds, by a child process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from green_common.history import Entry, Query, entries_of, journal_command, journalctl_path
from green_telemetry.views.request import RefusedError

# A line holds an entry with all its fields; a gathered one has a few dozen receipts.
MAX_LINE_BYTES = 1 << 18
MAX_READING_S = 60.0
PATIENCE_S = 5.0


class Journal:
    """Reads history; whoever comes meanwhile waits a little, then is told to come again."""

    def __init__(self, journalctl: str | None = None) -> None:
        self._journalctl = journalctl
        self._turn = asyncio.Lock()

    async def read(self, query: Query) -> AsyncGenerator[Entry, None]:
        """
        The entries, oldest first.

        Raises RefusedError where another reading takes long, UnavailableError where there is no journal.
        """
        command = journal_command(query, self._journalctl or journalctl_path())
        try:
            await asyncio.wait_for(self._turn.acquire(), PATIENCE_S)
        except asyncio.TimeoutError as error:
            raise RefusedError(503, "the journal is being read for somebody else; try again") from error
        try:
            async for entry in _entries(command):
                if query.wants(entry):
                    yield entry
        finally:
            self._turn.release()


async def _entries(command: tuple[str, ...]) -> AsyncGenerator[Entry, None]:
    reading = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=MAX_LINE_BYTES,
    )
    assert reading.stdout is not None
    clock = asyncio.get_running_loop().time
    until_s = clock() + MAX_READING_S
    try:
        while (left_s := until_s - clock()) > 0:
            try:
                line = await asyncio.wait_for(reading.stdout.readline(), left_s)
            except ValueError:
                # Longer than any of ours; the rest of it is no JSON and falls away.
                continue
            if not line:
                break
            for entry in entries_of(line):
                yield entry
    finally:
        with contextlib.suppress(ProcessLookupError):
            reading.kill()
        # What is still in the pipe has to be taken out, or its transport never ends.
        await reading.communicate()
