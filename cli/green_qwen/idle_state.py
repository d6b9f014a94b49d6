# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What green-idle says of each GPU's clocks, in its file that everybody may read (docs/monitoring.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from green_common.errors import UnavailableError
from green_qwen.terminal.plain import plain

NAME, FORMAT, MAX_BYTES = "state.json", 1, 64 * 1024
RESTING, CALIBRATING, LOST = "resting", "calibrating", "lost"


@dataclass(frozen=True, slots=True)
class GpuClocks:
    """One GPU: what green-idle does with it and why, and what its calibration found, and when."""

    uuid: str
    index: int
    state: str
    cause: str
    say: str
    sm_clock_mhz: int | None = None
    saving_w: float | None = None
    progress: float | None = None
    arm: str | None = None
    saved_w: float | None = None
    own_w: float | None = None
    found_unix_s: float | None = None


@dataclass(frozen=True, slots=True)
class IdleState:
    """All of it."""

    say: str
    simulated: bool
    gpus: tuple[GpuClocks, ...]


def read_idle_state(held_file: str) -> IdleState | None:
    """None while green-idle is not running; raises UnavailableError where the file is none of its."""
    path = Path(held_file).with_name(NAME)
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(MAX_BYTES + 1))
        return state_of(content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnavailableError(f"{path}: can't be read: {error!s:.200}") from error


def state_of(content: Mapping[str, Any]) -> IdleState:
    """Raises KeyError, TypeError, ValueError, AttributeError where it is none."""
    if content["format"] != FORMAT:
        raise ValueError(f"format {content['format']!r}, where {FORMAT} is known")
    gpus = tuple(_gpu(fields) for fields in content["gpus"])
    return IdleState(plain(content["say"]), bool(content["simulated"]), gpus)


def _gpu(fields: Mapping[str, Any]) -> GpuClocks:
    verdict = fields.get("verdict") or {}
    return GpuClocks(
        uuid=str(fields["gpu"]),
        index=int(fields["index"]),
        state=plain(fields["state"]),
        cause=plain(fields["cause"]),
        say=plain(fields["say"]),
        sm_clock_mhz=fields.get("sm_clock_mhz"),
        saving_w=fields.get("saving_w"),
        progress=fields.get("progress"),
        arm=verdict.get("arm"),
        saved_w=verdict.get("saved_w"),
        own_w=verdict.get("own_w"),
        found_unix_s=verdict.get("at_unix_s"),
    )
