# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What was learned about costs, kept in a file from one run to the next."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from green_common.logs import Log
from green_telemetry.costs import prior
from green_telemetry.costs.model import CostModel, Costs
from green_telemetry.costs.speed import PrefillSpeed

FILE = "costs.json"
VERSION = 1
SAVE_EVERY_S = 60.0
MOST_BYTES = 1024 * 1024
MOST_INTERVALS = 2**31
# In the order of prior.OTHERS_J; each is a pair, the cost and its error.
KINDS = ("prefill_j", "prefill_context_j", "decode_context_j", "loading_w")


class Store:
    """Reads the file once and writes it now and then; whatever is wrong with it is said once."""

    def __init__(self, folder: str, log: Log, environ: Mapping[str, str] = os.environ) -> None:
        # systemd names one folder, or several with colons between them.
        given = environ.get("STATE_DIRECTORY", "").split(":")[0]
        self._path = Path(given or folder) / FILE
        self._log = log
        self._saved_s = -math.inf
        self._saved = ""
        self._troubled = False

    def load(self, costs: Mapping[str, Costs]) -> None:
        """Give each GPU, by UUID, what is known of it."""
        try:
            if self._path.stat().st_size > MOST_BYTES:
                raise ValueError(f"it is larger than {MOST_BYTES} bytes")
            known = _parse(json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return
        except (OSError, ValueError, RecursionError) as error:
            say = f"{self._path} is left aside and costs are learned anew: {_reason(error)}"
            self._log.warning("costs.refused", say=say)
            return
        for uuid, name, model in known:
            if uuid in costs:
                costs[uuid].put(name, model)

    def save_now_and_then(self, costs: Mapping[str, Costs], now_s: float) -> None:
        if now_s - self._saved_s >= SAVE_EVERY_S:
            self._saved_s = now_s
            self.save(costs)

    def save(self, costs: Mapping[str, Costs]) -> None:
        """Write the file anew where anything has changed, whole or not at all."""
        text = _text(costs)
        if text == self._saved or not any(one.items() for one in costs.values()):
            return
        written = self._path.with_suffix(".new")
        try:
            written.write_text(text, encoding="utf-8")
            written.replace(self._path)
        except OSError as error:
            self._say_once(error)
            return
        self._saved, self._troubled = text, False

    def _say_once(self, error: OSError) -> None:
        if self._troubled:
            return
        self._troubled = True
        say = (
            f"{self._path} can't be written, so costs will be learned anew after a restart: {_reason(error)}"
        )
        self._log.warning("costs.unsaved", say=say)


def _text(costs: Mapping[str, Costs]) -> str:
    entries = [_entry(uuid, name, model) for uuid, models in costs.items() for name, model in models.items()]
    return json.dumps({"version": VERSION, "costs": entries}, indent=1) + "\n"


def _entry(uuid: str, name: str, model: CostModel) -> dict[str, Any]:
    believed, estimate = prior.costs_j(), model.estimate
    figures = []
    for kind, cost_j in enumerate(believed):
        error = max(0.0, estimate.errors[kind][kind]) ** 0.5
        figures.append([_rounded(estimate.multiples[kind] * cost_j), _rounded(error * cost_j)])
    others = dict(zip(KINDS, figures, strict=False))
    decode = dict(zip(map(str, prior.BATCHES), figures[prior.FIRST_BATCH :], strict=True))
    return {
        "gpu_uuid": uuid,
        "model": name,
        "intervals": model.intervals,
        "prefill_tokens_per_s": model.speed.tokens_per_s,
        **others,
        "decode_j_by_batch": decode,
    }


def _parse(document: Any) -> list[tuple[str, str, CostModel]]:
    """Raises ValueError for what this version did not write."""
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ValueError(f"it is no file of version {VERSION}")
    entries = document.get("costs")
    if not isinstance(entries, list):
        raise ValueError("it has no list of costs")
    return [_parse_entry(entry) for entry in entries]


def _parse_entry(entry: Any) -> tuple[str, str, CostModel]:
    try:
        pairs = [entry[kind] for kind in KINDS]
        pairs += [entry["decode_j_by_batch"][str(batch)] for batch in prior.BATCHES]
        uuid, name, intervals = entry["gpu_uuid"], entry["model"], entry["intervals"]
        figures = [(float(cost_j), float(error_j)) for cost_j, error_j in pairs]
        speed = entry["prefill_tokens_per_s"]
        tokens_per_s = None if speed is None else float(speed)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError("an entry of it lacks what belongs there") from error
    numbers = [number for pair in figures for number in pair] + [
        1.0 if speed is None else tokens_per_s or 0.0
    ]
    if not all(0 < number < math.inf for number in numbers):
        raise ValueError("a cost in it is no positive number")
    if not isinstance(uuid, str) or not isinstance(name, str) or not isinstance(intervals, int):
        raise ValueError("an entry of it names no GPU or no model")
    model = CostModel(speed=PrefillSpeed(tokens_per_s), intervals=min(max(0, intervals), MOST_INTERVALS))
    believed = prior.costs_j()
    model.estimate.restore(
        [cost_j / known for (cost_j, _), known in zip(figures, believed, strict=True)],
        [error_j / known for (_, error_j), known in zip(figures, believed, strict=True)],
    )
    return uuid, name, model


def _rounded(number: float) -> float:
    """To six digits, and never to nothing."""
    return float(f"{max(number, 1e-12):.6g}")


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
