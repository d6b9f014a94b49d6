# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What an auditor has to know of the program that writes: versions, GPUs, and its configuration's digest."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from green_common import __version__
from green_common.config import Config, digest
from green_telemetry.meter import Meter
from green_telemetry.space import journal_is_volatile


@dataclass(frozen=True, slots=True)
class Start:
    """Written once it runs, and again where a reload has brought another configuration."""

    driver_version: str
    gpu_names: tuple[str, ...]
    gpu_uuids: tuple[str, ...]
    config_digest: str
    simulated: bool
    sample_every_ms: int
    window_s: int
    volatile: bool

    @property
    def say(self) -> str:
        """One line for people."""
        names = ", ".join(self.gpu_names) or "no GPU"
        say = (
            f"green-telemetry {__version__} on {names}, driver {self.driver_version}, Python "
            f"{platform.python_version()}, configuration {self.config_digest[:12]}"
        )
        if self.volatile:
            say += "; the journal is in memory only and lost at the next boot: mkdir /var/log/journal"
        return say + (", simulated" if self.simulated else "")

    def fields(self) -> dict[str, Any]:
        return {
            "version": __version__,
            "python_version": platform.python_version(),
            "driver_version": self.driver_version,
            "pynvml_version": pynvml_version(),
            "gpu_names": self.gpu_names,
            "gpu_uuids": self.gpu_uuids,
            "config_digest": self.config_digest,
            "simulated": self.simulated,
            "sample_every_ms": self.sample_every_ms,
            "window_s": self.window_s,
            "journal_volatile": self.volatile,
        }


def start_of(config: Config, driver_version: str, meters: Iterable[Meter], *, simulated: bool) -> Start:
    """What can be said once the GPUs are open."""
    meters = tuple(meters)
    return Start(
        driver_version=driver_version,
        gpu_names=tuple(meter.gpu.name for meter in meters),
        gpu_uuids=tuple(meter.gpu.uuid for meter in meters),
        config_digest=digest(config),
        simulated=simulated,
        sample_every_ms=config.telemetry.sample_every_ms,
        window_s=config.telemetry.window_s,
        volatile=journal_is_volatile(),
    )


def pynvml_version() -> str | None:
    """By the name of its folder of metadata: to ask for it in the usual way costs more than it is worth."""
    folders = (folder for place in sys.path for folder in Path(place).glob("nvidia_ml_py-*.dist-info"))
    return next((folder.name.partition("-")[2].removesuffix(".dist-info") for folder in folders), None)
