# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The file that says which clocks we hold, so that whoever starts after a crash can give them back."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from green_common.errors import UnavailableError

MAX_BYTES = 16 * 1024


class HeldFile:
    """
    Written before a lock, removed after the reset; its directory outlives a restart of the service.

    `restore_mhz` is written with it: the SM clock that is set instead of a reset, 0 for none.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self.restore_mhz = 0

    def add(self, uuids: Iterable[str], memory: Iterable[str] = ()) -> None:
        """
        Name these beside those that are named; `memory` are those whose memory clock is locked too.

        Raises UnavailableError where it can't be written; then nothing may be locked.
        """
        before = map(str, self._read("memory") or [])
        self._write({*map(str, self.uuids() or []), *uuids}, {*before, *memory})

    def discard(self, uuids: Iterable[str]) -> None:
        """These are given back; the file goes with the last. Raises UnavailableError."""
        named, gone = self.uuids(), set(uuids)
        if named is None:
            # It names all, and is for a start to clear up.
            return
        left = set(map(str, named)) - gone
        if left:
            self._write(left, set(map(str, self._read("memory") or [])) - gone)
        else:
            self.remove()

    def remove(self) -> None:
        """Raises UnavailableError."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise self._unavailable("removed", error) from error

    def exists(self) -> bool:
        return self._path.exists()

    def names(self, uuid: str) -> bool:
        """True where the file says that this GPU is held; a file that can't be understood names all."""
        uuids = self.uuids()
        return uuids is None or uuid in uuids

    def names_memory(self, uuid: str) -> bool:
        """True where it says so of its memory clock; a file that can't be understood names all."""
        uuids = self._read("memory")
        return uuids is None or uuid in uuids

    def names_others(self, known: Iterable[str]) -> bool:
        """True where a GPU that is not among these may be held."""
        uuids = self.uuids()
        return uuids is None or not set(map(str, uuids)) <= set(known)

    def uuids(self) -> list[object] | None:
        """The GPUs that it names; None where it can't be understood."""
        return self._read("gpus")

    def restored_mhz(self) -> int:
        """The SM clock that is to be set instead of a reset, by whoever locked; 0 for none."""
        content = self._content()
        restored_mhz = content.get("restore_sm_clock_mhz") if isinstance(content, dict) else None
        return restored_mhz if isinstance(restored_mhz, int) else 0

    def _write(self, gpus: Iterable[str], memory: Iterable[str]) -> None:
        content = {"gpus": sorted(gpus), "memory": sorted(memory), "restore_sm_clock_mhz": self.restore_mhz}
        beside = self._path.with_name(self._path.name + ".new")
        try:
            beside.write_text(json.dumps(content))
            beside.replace(self._path)
        except OSError as error:
            raise self._unavailable("written", error) from error

    def _read(self, key: str) -> list[object] | None:
        """None where it can't be understood."""
        content = self._content()
        if not isinstance(content, dict):
            return content
        # A version of green-idle that locked no memory clock named none.
        uuids = content.get(key, [] if key == "memory" else None)
        return uuids if isinstance(uuids, list) else None

    def _content(self) -> dict[str, object] | list[object] | None:
        """An empty list without a file, None where it can't be understood."""
        try:
            with self._path.open("rb") as file:
                content = json.loads(file.read(MAX_BYTES))
        except FileNotFoundError:
            return []
        except (OSError, ValueError, RecursionError):
            return None
        return content if isinstance(content, dict) else None

    def _unavailable(self, what: str, error: OSError) -> UnavailableError:
        return UnavailableError(
            f"idle.held_file {self._path}: can't be {what}: {error.strerror}; its directory has to "
            f"exist and be writable for uid {os.geteuid()}"
        )
