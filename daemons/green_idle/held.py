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
    """Written before a lock, removed after the reset; its directory outlives a restart of the service."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def write(self, uuids: Iterable[str]) -> None:
        """Raises UnavailableError where it can't be written; then nothing may be locked."""
        beside = self._path.with_name(self._path.name + ".new")
        try:
            beside.write_text(json.dumps({"gpus": sorted(uuids)}))
            beside.replace(self._path)
        except OSError as error:
            raise self._unavailable("written", error) from error

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

    def names_others(self, known: Iterable[str]) -> bool:
        """True where a GPU that is not among these may be held."""
        uuids = self.uuids()
        return uuids is None or not set(map(str, uuids)) <= set(known)

    def uuids(self) -> list[object] | None:
        """The GPUs that it names; None where it can't be understood."""
        try:
            with self._path.open("rb") as file:
                uuids = json.loads(file.read(MAX_BYTES))["gpus"]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return uuids if isinstance(uuids, list) else None

    def _unavailable(self, what: str, error: OSError) -> UnavailableError:
        return UnavailableError(
            f"idle.held_file {self._path}: can't be {what}: {error.strerror}; its directory has to "
            f"exist and be writable for uid {os.geteuid()}"
        )
