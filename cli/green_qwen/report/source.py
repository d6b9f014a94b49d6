# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which journal is read, which part of it, and the journalctl that reads it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from green_common.history import FORMS

# What a report counts, and what says that something could not be counted.
COUNTED = ("receipt", "window")
TROUBLE = ("gpu.gap", "feed.gap", "generations.unfollowed", "journal.lost")
EVENTS = tuple(form for event in (*COUNTED, *TROUBLE) for form in FORMS.get(event, (event,)))


@dataclass(frozen=True, slots=True)
class Source:
    """What is asked of journalctl, in its own words."""

    since: str | None = None
    until: str | None = None
    files: tuple[str, ...] = ()
    directory: str | None = None
    merge: bool = False

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is another journal than this machine's own."""
        return bool(self.files or self.directory)

    def command(self, journalctl: str) -> tuple[str, ...]:
        """Oldest first, in the export format; entries that only look like ours come too, to be counted."""
        # All fields: to choose them by name saves journalctl nothing. Not --quiet: complaints are wanted.
        return (journalctl, "--no-pager", "--output=export", *self._options(), *_matches())

    def _options(self) -> Iterator[str]:
        if self.since is not None:
            yield f"--since={self.since}"
        if self.until is not None:
            yield f"--until={self.until}"
        for file in self.files:
            yield f"--file={file}"
        if self.directory is not None:
            yield f"--directory={self.directory}"
        if self.merge:
            yield "--merge"


def resolved_s(text: str | None) -> float | None:
    """The Unix time that systemd takes a text for; None where nothing tells."""
    command = shutil.which("systemd-analyze", path="/usr/bin:/bin")
    if text is None or command is None:
        return None
    asked = subprocess.run(
        (command, "timestamp", "--", text), capture_output=True, text=True, timeout=10, check=False
    )
    for line in asked.stdout.splitlines():
        name, _, value = line.partition(": @")
        if name.strip() == "UNIX seconds":
            return float(value)
    return None


def _matches() -> tuple[str, ...]:
    return tuple(f"GREEN_EVENT={event}" for event in EVENTS)
