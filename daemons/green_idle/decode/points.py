# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What decoding did at lowered clocks, kept over restarts by GPUs, driver, model and size of the batch."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from green_common.errors import UnavailableError
from green_idle.decode.knee import Measured, Pair, Point

MAX_BYTES = 1024 * 1024
FORMAT = 1
# Per model and batch; far more than a machine has.
MOST_SUBJECTS = 500


@dataclass(frozen=True, slots=True)
class Subject:
    """What a measurement holds for; `batch` is a class of sizes."""

    uuids: tuple[str, ...]
    driver_version: str
    model: str
    batch: int

    @property
    def key(self) -> str:
        return json.dumps([*self.uuids, self.driver_version, self.model, self.batch])


class Points:
    """A JSON file; one that can't be read counts as empty, because measuring again mends it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.trouble = ""
        self._known = self._load()

    def of(self, subject: Subject) -> Mapping[int, Point]:
        return self._known.get(subject.key, {})

    def add(self, subject: Subject, sm_clock_mhz: int, pair: Pair) -> None:
        if subject.key not in self._known and len(self._known) >= MOST_SUBJECTS:
            del self._known[next(iter(self._known))]
        points = self._known.setdefault(subject.key, {})
        before = points[sm_clock_mhz].pairs if sm_clock_mhz in points else ()
        points[sm_clock_mhz] = Point(sm_clock_mhz, (*before, pair))

    def save(self) -> None:
        """Raises UnavailableError where it can't be written; it holds until the end of the process then."""
        content = {key: [_fields(point) for point in points.values()] for key, points in self._known.items()}
        beside = self._path.with_name(self._path.name + ".new")
        try:
            beside.write_text(json.dumps({"format": FORMAT, "decode": content}, indent=1))
            beside.replace(self._path)
        except OSError as error:
            raise UnavailableError(
                f"{self._path}: can't be written: {error.strerror}; the directory has to exist, writable"
            ) from error

    def _load(self) -> dict[str, dict[int, Point]]:
        try:
            with self._path.open("rb") as file:
                content = json.loads(file.read(MAX_BYTES))
            if content["format"] != FORMAT:
                raise ValueError(f"format {content['format']!r}, where {FORMAT} is known")
            return {key: _points(listed) for key, listed in content["decode"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            self.trouble = f"{self._path}: {error}; it is measured again"
            return {}


def _fields(point: Point) -> dict[str, Any]:
    return {
        "sm_clock_mhz": point.sm_clock_mhz,
        "pairs": [[*_measured_fields(pair.own), *_measured_fields(pair.lowered)] for pair in point.pairs],
    }


def _measured_fields(measured: Measured) -> tuple[float, float]:
    return round(measured.tokens_per_s, 4), round(measured.power_w, 3)


def _points(listed: list[dict[str, Any]]) -> dict[int, Point]:
    points = [Point(int(fields["sm_clock_mhz"]), tuple(map(_pair, fields["pairs"]))) for fields in listed]
    return {point.sm_clock_mhz: point for point in points if point.pairs}


def _pair(figures: list[float]) -> Pair:
    own_per_s, own_w, lowered_per_s, lowered_w = map(float, figures)
    if not all(0 < figure < math.inf for figure in (own_per_s, own_w, lowered_per_s, lowered_w)):
        raise ValueError(f"{figures} are not all measurements")
    return Pair(Measured(own_per_s, own_w), Measured(lowered_per_s, lowered_w))
