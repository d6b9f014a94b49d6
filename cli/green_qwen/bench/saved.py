# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Results in files: JSON to read back, CSV for a spreadsheet."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from green_common import __version__
from green_common.errors import ConfigError, GreenError
from green_qwen.bench.quality.outcome import quality_from
from green_qwen.bench.result import Result, Taken
from green_qwen.bench.run import run_from, saved_form as run_form
from green_qwen.bench.surroundings import saved_form, surroundings_from

FORM = 1
MAX_BYTES = 1 << 26


class ResultFileError(GreenError):
    """A file holds no result of bench, or one of another version; the text names it."""

    exit_code = os.EX_DATAERR


def result_form(result: Result) -> dict[str, Any]:
    """As JSON has it."""
    return {
        "green_qwen_bench": FORM,
        "version": __version__,
        "began_at_s": result.began_at_s,
        "complete": result.complete,
        "soak": result.soak,
        "simulated": result.simulated,
        "not_comparable": result.faults(),
        "says": result.says,
        "quality": asdict(result.quality) if result.quality else None,
        "runs": [{"on": saved_form(one.on), **run_form(one.run)} for one in result.taken],
    }


def write_json(result: Result, path: Path) -> None:
    path.write_text(json.dumps(result_form(result), indent=1) + "\n")


def read_result(path: Path) -> Result:
    """Raises ConfigError where it can't be read, ResultFileError where it is no result."""
    try:
        with path.open("rb") as file:
            saved = json.loads(file.read(MAX_BYTES))
    except OSError as error:
        text = f"{path}: can't be read: {error.strerror}; give the bench.json of an earlier bench"
        raise ConfigError(text) from error
    except (ValueError, RecursionError) as error:
        raise ResultFileError(f"{path}: not valid JSON: {error}") from error
    if not isinstance(saved, dict) or saved.get("green_qwen_bench") != FORM:
        raise ResultFileError(f"{path}: no result of green-qwen bench that this version understands")
    try:
        return _result(saved)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise ResultFileError(f"{path}: something is missing or too much in it: {error}") from error


def write_csv(result: Result, path: Path) -> None:
    """A line a run; what is a table in JSON is left to that."""
    rows = [
        {"simulated": one.on.simulated, **_flat(run_form(one.run)), "request_fields": one.on.request_fields}
        for one in result.taken
    ]
    with path.open("w", newline="") as file:
        names = dict.fromkeys(name for row in rows for name in row)
        writer = csv.DictWriter(file, list(names))
        writer.writeheader()
        writer.writerows(rows)


def _flat(run: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in run.items() if not isinstance(value, dict | tuple)}
    plain["failures"] = sum(run["failures"].values())
    plain.pop("phases", None)
    return {**plain, **(run["phases"] or {})}


def _result(saved: Mapping[str, Any]) -> Result:
    taken = []
    for entry in saved["runs"]:
        figures = dict(entry)
        taken.append(Taken(on=surroundings_from(figures.pop("on")), run=run_from(figures)))
    if not taken:
        raise ValueError("no run")
    quality = quality_from(saved["quality"]) if saved["quality"] else None
    complete, soak = bool(saved["complete"]), bool(saved["soak"])
    return Result(taken, dict(saved["says"]), quality, complete, soak, float(saved["began_at_s"]))
