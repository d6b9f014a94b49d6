# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The file that shows others the state of each GPU's clocks and why (docs/monitoring.md)."""

from __future__ import annotations

import json
import math
import os
import time
from pathlib import Path
from typing import Any

from green_common.errors import UnavailableError
from green_common.gpu import Gpu
from green_idle.calibration.arms import Arm
from green_idle.calibration.verdicts import Kept
from green_idle.gpu_rest import GpuRest
from green_idle.resting import RestClocks

FILE = "state.json"
FORMAT = 1
MOST_GPUS = 64
MOST_CHARACTERS = 300


class ShownFile:
    """Replaced as a whole at each change; beside the held file, in a folder that all may read."""

    def __init__(self, held_file: str, *, simulated: bool) -> None:
        self._path = Path(held_file).with_name(FILE)
        self._simulated = simulated
        self._shown: object = None
        self._offset_s = 0.0

    def show(self, say: str, gpus: list[dict[str, Any]]) -> None:
        """Raises UnavailableError once where it can't be written."""
        if (say, gpus) == self._shown:
            return
        self._shown = say, gpus
        content = {
            "format": FORMAT,
            "simulated": self._simulated,
            "pid": os.getpid(),
            "at_unix_s": round(time.time(), 3),
            "say": say[:MOST_CHARACTERS],
            "gpus": gpus[:MOST_GPUS],
        }
        beside = self._path.with_name(FILE + ".new")
        try:
            beside.write_text(json.dumps(content))
            # The unit's umask hides what root writes.
            beside.chmod(0o644)
            beside.replace(self._path)
        except OSError as error:
            raise UnavailableError(f"{self._path}: can't be written: {error.strerror}") from error

    def unix_s(self, monotonic_s: float) -> float | None:
        """On the wall clock; None where it is no time."""
        offset_s = time.time() - time.monotonic()
        # Kept while it is right, so that a time that was shown does not change by a rounding.
        if abs(offset_s - self._offset_s) > 1.0:
            self._offset_s = offset_s
        return round(monotonic_s + self._offset_s, 1) if math.isfinite(monotonic_s) else None

    def remove(self) -> None:
        """Nobody is to believe it once green-idle has ended."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            return


def describe(rest: GpuRest, gpu: Gpu, locked: RestClocks | None, kept: Kept | None) -> dict[str, Any]:
    """What is shown of one GPU, but for its times."""
    saving = rest.hold.saving if rest.hold and not rest.course else None
    return {
        "gpu": rest.uuid,
        "index": gpu.index,
        "name": gpu.name,
        "state": rest.state.value,
        "cause": rest.cause.value,
        "say": rest.detail[:MOST_CHARACTERS],
        "sm_clock_mhz": locked.sm_mhz if locked else None,
        "memory_clock_mhz": locked.memory_mhz if locked else None,
        "saving_w": round(saving.saved_w, 2) if saving else None,
        "noise_w": round(saving.noise_w, 2) if saving else None,
        "progress": round(rest.course.share_done, 2) if rest.course else None,
        "verdict": _verdict(kept),
    }


def _verdict(kept: Kept | None) -> dict[str, Any] | None:
    if kept is None:
        return None
    verdict = kept.verdict
    watts = {name: round(getattr(verdict, name), 2) for name in ("own_w", "rest_w", "saved_w", "noise_w")}
    return {"arm": Arm(verdict.arm).name.lower(), **watts, "at_unix_s": round(kept.at_unix_s)}
