# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Verdicts kept over restarts, by GPU, driver and resting clocks."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from green_common.errors import UnavailableError
from green_idle.calibration.arms import Arm
from green_idle.calibration.verdict import Verdict

MAX_BYTES = 256 * 1024
FORMAT = 1
WATTS = ("own_w", "rest_w", "saved_w", "noise_w")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a verdict holds for; with another driver or other clocks it has to be found anew."""

    uuid: str
    driver_version: str
    sm_clock_mhz: int
    memory_clock_mhz: int | None = None

    @property
    def key(self) -> str:
        return f"{self.uuid} {self.driver_version} {self.sm_clock_mhz} {self.memory_clock_mhz or 'own'}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A verdict, and the wall clock when it was found."""

    verdict: Verdict
    at_unix_s: float


class Verdicts:
    """A JSON file; one that can't be read counts as empty, because measuring again mends it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.trouble = ""
        self._known = self._load()

    def find(self, subject: Subject) -> Kept | None:
        return self._known.get(subject.key)

    def keep(self, subject: Subject, kept: Kept) -> None:
        """Raises UnavailableError where it can't be written; it holds until the end of the process then."""
        self._known[subject.key] = kept
        self._save()

    def forget(self, subject: Subject) -> None:
        """It no longer holds. Raises UnavailableError."""
        if self._known.pop(subject.key, None):
            self._save()

    def _load(self) -> dict[str, Kept]:
        try:
            with self._path.open("rb") as file:
                content = json.loads(file.read(MAX_BYTES))
            if content["format"] != FORMAT:
                raise ValueError(f"format {content['format']!r}, where {FORMAT} is known")
            return {key: _kept(fields) for key, fields in content["verdicts"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            self.trouble = f"{self._path}: {error}; it is measured again"
            return {}

    def _save(self) -> None:
        verdicts = {key: _fields(kept) for key, kept in self._known.items()}
        beside = self._path.with_name(self._path.name + ".new")
        try:
            beside.write_text(json.dumps({"format": FORMAT, "verdicts": verdicts}, indent=1))
            beside.replace(self._path)
        except OSError as error:
            raise UnavailableError(
                f"{self._path}: can't be written: {error.strerror}; the directory has to exist, writable"
            ) from error


def _fields(kept: Kept) -> dict[str, Any]:
    watts = {name: round(getattr(kept.verdict, name), 3) for name in WATTS}
    return {"arm": kept.verdict.arm.name, **watts, "at_unix_s": round(kept.at_unix_s)}


def _kept(fields: dict[str, Any]) -> Kept:
    watts = {name: float(fields[name]) for name in WATTS}
    if not all(map(math.isfinite, watts.values())):
        raise ValueError(f"{watts} are not all measurements")
    return Kept(Verdict(arm=Arm[fields["arm"]], **watts), float(fields["at_unix_s"]))
