# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""journalctl at work: its entries one after the other, and what it had to say."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import IO

from green_common.errors import GreenError, NotPermittedError, UnavailableError, UsageError
from green_common.history import Entry
from green_qwen.report.export import Export
from green_qwen.report.source import Source

MAX_SAID_BYTES = 4096
# What journalctl says where files were closed to this user.
_REFUSED = ("insufficient permissions", "Permission denied", "not seeing messages from other users")
_ADVICE = "sudo usermod -aG systemd-journal $USER, and log in again; or run it with sudo"


@dataclass(slots=True)
class Reading:
    """One run of a command; `said` and `too_long` are known once all entries are read."""

    command: tuple[str, ...]
    said: str = ""
    too_long: int = 0
    _failed: bool = field(default=False)

    def entries(self) -> Generator[Entry | None, None, None]:
        """The fields of each entry, None for one that breaks off; the child ends with whoever reads it."""
        with tempfile.TemporaryFile() as errors, self._started(errors) as child:
            assert child.stdout is not None
            export = Export(child.stdout)
            try:
                yield from export.entries()
            except GeneratorExit:
                child.terminate()
                raise
            self.too_long = export.too_long
            self._failed = child.wait() != 0
            errors.seek(0)
            self.said = errors.read(MAX_SAID_BYTES).decode(errors="replace").strip()

    @property
    def was_refused(self) -> bool:
        """Whether there are entries that this user may not read."""
        return any(text in self.said for text in _REFUSED)

    def check(self, *, found: bool) -> None:
        """Raises what keeps a report from being one; `found` is whether anything could be counted."""
        if "Failed to parse timestamp" in self.said:
            text = f"{self.said}; --since and --until take what systemd.time(7) describes, as '2 days ago'"
            raise UsageError(text)
        if self.was_refused and not found:
            raise NotPermittedError(f"the journal is closed to this user ({_first(self.said)}): {_ADVICE}")
        if self._failed:
            raise UnavailableError(f"the journal could not be read: {self.said or 'journalctl failed'}")

    def _started(self, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        # Its messages are recognised, so they have to be the ones that it was written with.
        environ = {**os.environ, "LC_ALL": "C.UTF-8"}
        try:
            # Without a buffer of its own, for Export has one.
            return subprocess.Popen(
                self.command, bufsize=0, stdout=subprocess.PIPE, stderr=errors, env=environ
            )
        except OSError as error:
            raise UnavailableError(f"{self.command[0]}: {error.strerror}") from error


def nothing_found(source: Source, looked_alike: int) -> GreenError:
    """The journal can be read, and has none of our entries."""
    text = "the journal that was named has" if source.is_elsewhere else "this machine's journal has"
    text += " no receipt and no window of green-telemetry"
    text += " in that time" if source.since or source.until else ""
    if looked_alike:
        text += f"; {looked_alike} entries look like it, but the journal says that others wrote them"
    if source.is_elsewhere:
        return UnavailableError(f"{text}. See what it holds: journalctl --file FILE --fields")
    return UnavailableError(f"{text}. Does it run? sudo systemctl enable --now green-telemetry")


def _first(said: str) -> str:
    return said.partition("\n")[0].rstrip(".")
