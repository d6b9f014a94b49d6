# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether unloading unused models would pay on this machine, by what green-idle has learned."""

from __future__ import annotations

import json
import os
import statistics
from datetime import date
from pathlib import Path
from typing import Any

from green_common.config import load_config
from green_qwen.doctor.finding import ADVICE, OK, UNKNOWN, Finding

NAME = "unloading unused models"
FILE, FORMAT, MAX_BYTES = "parking.json", 1, 256 * 1024
# Less is not worth the wait for a load.
LEAST_WH_A_DAY = 10.0
# What reading JSON raises that green-idle did not write, beside ValueError and KeyError.
NOT_ITS = (TypeError, AttributeError, ArithmeticError, RecursionError)
J_PER_WH = 3600.0
MEND = (
    r"printf '[idle]\npark = true\n' | sudo tee /etc/green-qwen/green-qwen.d/park.toml",
    "sudo systemctl reload green-idle",
)


def check_parking() -> Finding:
    """Look at green-idle's state file."""
    config = load_config(None, os.environ).config.idle
    if config.park:
        return Finding(NAME, OK, "it is on (idle.park)")
    path = Path(config.state) / FILE
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(MAX_BYTES))
        if content["format"] != FORMAT:
            return Finding(NAME, UNKNOWN, f"{path} was written by another version of green-idle")
        return judge(content)
    except FileNotFoundError:
        return Finding(NAME, UNKNOWN, "green-idle has learned nothing yet; ask again in some days")
    except PermissionError:
        return Finding(NAME, UNKNOWN, f"{path} is root's:", ("sudo green-qwen doctor",))
    except (OSError, ValueError, KeyError, *NOT_ITS) as error:
        return Finding(NAME, UNKNOWN, f"{path} can't be read: {error!s:.200}")


def judge(content: Any) -> Finding:
    """Raises KeyError, ValueError or one of NOT_ITS where green-idle did not write it."""
    if missing := _missing(content["prices"]):
        return Finding(NAME, UNKNOWN, f"{missing} was not measured yet; ask again in some days")
    if not content["days"]:
        return Finding(NAME, UNKNOWN, "no quiet was booked yet; ask again in some days")
    days = _span_days(content["days"])
    saved_wh = sum(as_was_j - parking_j for _, as_was_j, parking_j in content["days"].values()) / J_PER_WH
    figures = f"{saved_wh / days:.0f} Wh a day" + (" (simulated)" if content["simulated"] else "")
    when = f"at the habits of the last {days} days" if days > 1 else "at the habits of one day"
    if saved_wh / days < LEAST_WH_A_DAY:
        return Finding(NAME, OK, f"it is off, and would not pay {when}: {figures}")
    wait = f"whoever comes back after such a quiet waits {_load_s(content):.0f} s for the load"
    return Finding(NAME, ADVICE, f"it would save {figures} {when}; {wait}:", MEND)


def _missing(prices: Any) -> str:
    if not prices["loads"]:
        return "a load"
    if not prices["resident_w"]:
        return "the power of a resting GPU with a model"
    return "" if prices["absent_w"] else "the power of a GPU without a model"


def _span_days(days: dict[str, Any]) -> int:
    """From the first to the last, those without a quiet too."""
    dates = sorted(map(date.fromisoformat, days))
    return (dates[-1] - dates[0]).days + 1


def _load_s(content: Any) -> float:
    loads = [load for loads in content["prices"]["loads"].values() for load in loads]
    return statistics.median(float(took_s) for _, took_s in loads)
