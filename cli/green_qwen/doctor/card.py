# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The NVIDIA driver, as it lets this user look."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from green_common.config import GpuConfig
from green_common.errors import GreenError
from green_common.gpu.open import open_driver
from green_qwen.doctor.finding import ADVICE, OK, UNKNOWN, WARNING, Finding

DRIVER, PERSISTENCE = "NVIDIA driver", "persistence mode"
# The first one that knows CUDA_DISABLE_PERF_BOOST.
BOOST_DRIVER = (580, 105)
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Card:
    """The driver and its GPUs; `persistent` is None where nobody tells."""

    version: str = ""
    names: tuple[str, ...] = ()
    simulated: bool = False
    persistent: bool | None = None
    trouble: str = ""

    @property
    def knows_boost(self) -> bool:
        """True where CUDA_DISABLE_PERF_BOOST has an effect."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:2]) >= BOOST_DRIVER


def read_card(config: GpuConfig) -> Card:
    try:
        driver = open_driver(config)
    except GreenError as error:
        return Card(trouble=str(error))
    try:
        names = tuple(gpu.name for gpu in driver.open_gpus())
        persistent = None if driver.simulated else _read_persistent()
        return Card(driver.version, names, driver.simulated, persistent)
    except GreenError as error:
        return Card(driver.version, trouble=str(error))
    finally:
        driver.close()


def judge_card(card: Card) -> Iterator[Finding]:
    """Whether the driver answers, and what it knows."""
    if card.trouble:
        # The finding has the driver's name already.
        yield Finding(DRIVER, WARNING, f"{card.trouble.removeprefix(f'{DRIVER}: ')}:", ("nvidia-smi",))
        return
    mark = " (simulated)" if card.simulated else ""
    text = f"{card.version}{mark} tells of {', '.join(card.names) or 'no GPU'}"
    if card.knows_boost or card.simulated:
        yield Finding(DRIVER, OK, text)
    else:
        older = (
            "is older than 580.105, and so doesn't know CUDA_DISABLE_PERF_BOOST; green-idle can lower clocks"
        )
        yield Finding(DRIVER, ADVICE, f"{text}; it {older}")
    if card.persistent is False:
        off = "it is off: the driver forgets its settings when nobody has a GPU open, and starts take longer:"
        yield Finding(PERSISTENCE, ADVICE, off, ("sudo systemctl enable --now nvidia-persistenced",))
    elif card.persistent:
        yield Finding(PERSISTENCE, OK, "it is on")
    elif not card.simulated:
        yield Finding(PERSISTENCE, UNKNOWN, "there is no nvidia-smi to ask")


def _read_persistent() -> bool | None:
    found = shutil.which("nvidia-smi", path="/usr/bin:/bin:/usr/local/bin")
    if found is None:
        return None
    command = (found, "--query-gpu=persistence_mode", "--format=csv,noheader")
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    states = asked.stdout.split()
    return all(state == "Enabled" for state in states) if asked.returncode == 0 and states else None
