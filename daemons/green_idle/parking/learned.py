# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""All that was learned about parking, and the file that keeps it over a restart."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from green_common.errors import UnavailableError
from green_idle.parking.days import Days
from green_idle.parking.habits import Habits
from green_idle.parking.parking import Parking
from green_idle.parking.prices import Prices

FILE = "parking.json"
FORMAT = 1
MAX_BYTES = 256 * 1024
# What reading JSON raises that we did not write, beside ValueError and KeyError.
NOT_OURS = (TypeError, AttributeError, ArithmeticError, RecursionError)


class Learned:
    """Prices hold for these GPUs; habits and credit for whatever GPU there is."""

    def __init__(self) -> None:
        self.prices = Prices()
        self.parking = Parking()
        self.days = Days()
        # Something was learned that the file does not hold.
        self.is_new = False


class LearnedFile:
    """One that can't be read counts as empty, because measuring again mends it; `trouble` says why."""

    def __init__(self, folder: str, gpus: Sequence[str], *, simulated: bool) -> None:
        self._path = Path(folder) / FILE
        self._gpus = sorted(gpus)
        self._simulated = simulated
        self.trouble = ""

    def load(self) -> Learned:
        learned = Learned()
        try:
            with self._path.open("rb") as file:
                content = json.loads(file.read(MAX_BYTES))
            if content["format"] != FORMAT:
                raise ValueError(f"format {content['format']!r:.20}, where {FORMAT} is known")
            self._take(content, learned)
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, *NOT_OURS) as error:
            self.trouble = f"{self._path}: {error!s:.200}; what it held is learned again"
            return Learned()
        return learned

    def save(self, learned: Learned) -> None:
        """Raises UnavailableError where it can't be written."""
        content = {
            "format": FORMAT,
            "simulated": self._simulated,
            "gpus": self._gpus,
            "prices": learned.prices.to_json(),
            "credit_j": round(learned.parking.credit_j, 1),
            "days": learned.days.to_json(),
            "quiets_s": learned.parking.habits.to_json(),
        }
        beside = self._path.with_name(self._path.name + ".new")
        try:
            beside.write_text(json.dumps(content))
            beside.replace(self._path)
        except OSError as error:
            raise UnavailableError(
                f"{self._path}: can't be written: {error.strerror}; the folder (idle.state) has to exist, "
                f"writable for uid {os.geteuid()}"
            ) from error
        learned.is_new = False

    def _take(self, content: Any, learned: Learned) -> None:
        credit_j = float(content["credit_j"])
        if not math.isfinite(credit_j):
            raise ValueError(f"credit_j is {credit_j}")
        learned.parking = Parking(Habits.from_json(content["quiets_s"]), credit_j)
        learned.days = Days.from_json(content["days"])
        if content["gpus"] == self._gpus:
            learned.prices = Prices.from_json(content["prices"])
