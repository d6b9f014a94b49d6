# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Energy of the CPU packages and of their DRAM, from the kernel's powercap files.

They are accounts beside the GPU's, never part of its books. The files are root's alone, because a fast
reader could tell what a CPU computes, so a udev rule has to open them for our group.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import Path

from green_common.errors import GreenError

POWERCAP = Path("/sys/class/powercap")
READ_EVERY_S = 5.0
# Windows of an hour, settled half a minute later.
KEPT = 1024
DOMAINS = ("package", "dram")
FILES = "/sys%p/energy_uj /sys%p/max_energy_range_uj"
UDEV_RULE = (
    'SUBSYSTEM=="powercap", KERNEL=="intel-rapl:*", ACTION!="remove", '
    f'RUN+="/bin/chgrp green-qwen {FILES}", RUN+="/bin/chmod g+r {FILES}"'
)
UDEV_APPLY = "udevadm control --reload && udevadm trigger --subsystem-match=powercap --action=add"
UDEV_FILE = "/etc/udev/rules.d/70-green-qwen-rapl.rules"


class RaplError(GreenError):
    """The energy of the CPU can't be read."""


@dataclass(slots=True)
class Zone:
    """One counter of the kernel, which starts again at zero after `range_uj`."""

    folder: Path
    domain: str
    range_uj: int
    last_uj: int
    joules: float = 0.0

    def read(self) -> None:
        """Raises OSError or ValueError."""
        now_uj = _read_number(self.folder / "energy_uj")
        moved_uj = now_uj - self.last_uj
        self.joules += (moved_uj if moved_uj >= 0 else moved_uj + self.range_uj) / 1e6
        self.last_uj = now_uj


class Rapl:
    """All packages and DRAM of this machine; AMD's processors are found under the same name."""

    def __init__(self, root: Path = POWERCAP) -> None:
        """Raises RaplError, with the rule that opens the files."""
        self._zones = [zone for folder in sorted(root.glob("intel-rapl:*")) if (zone := _open(folder))]
        if not self._zones:
            raise RaplError(
                f"telemetry.cpu_energy is on, but {root} has no intel-rapl:* with a package or dram: this "
                "machine does not tell the energy of its CPU (virtual ones never do); switch it off"
            )
        self._history: deque[tuple[float, dict[str, float]]] = deque(maxlen=KEPT)

    def read(self, now_s: float) -> None:
        """Call at least once a minute: a counter may have gone round after three. Raises RaplError."""
        if self._history and now_s - self._history[-1][0] < READ_EVERY_S:
            return
        try:
            for zone in self._zones:
                zone.read()
        except (OSError, ValueError) as error:
            raise _refusal(zone.folder, error) from error
        self._history.append((now_s, self._sums()))

    def between(self, first_s: float, last_s: float) -> dict[str, float]:
        """Joules of a window by domain, on straight lines between readings; empty where they don't reach."""
        if not self._history or first_s < self._history[0][0] - READ_EVERY_S:
            return {}
        first, last = self._at(first_s), self._at(last_s)
        return {f"cpu_{domain}_j": round(last[domain] - first[domain], 3) for domain in last}

    def _sums(self) -> dict[str, float]:
        sums: dict[str, float] = {}
        for zone in self._zones:
            sums[zone.domain] = sums.get(zone.domain, 0.0) + zone.joules
        return sums

    def _at(self, time_s: float) -> dict[str, float]:
        after = next((entry for entry in self._history if entry[0] >= time_s), self._history[-1])
        before = next((entry for entry in reversed(self._history) if entry[0] <= time_s), self._history[0])
        whole_s = after[0] - before[0]
        along = (time_s - before[0]) / whole_s if whole_s > 0 else 0.0
        return {name: before[1][name] + along * (after[1][name] - before[1][name]) for name in after[1]}


def _open(folder: Path) -> Zone | None:
    """None for what is part of a package (core, uncore) or of the whole machine (psys)."""
    try:
        name = (folder / "name").read_text().strip()
        domain = next((domain for domain in DOMAINS if name.startswith(domain)), None)
        if domain is None:
            return None
        range_uj = _read_number(folder / "max_energy_range_uj")
        return Zone(folder, domain, range_uj, _read_number(folder / "energy_uj"))
    except (OSError, ValueError) as error:
        raise _refusal(folder, error) from error


def _read_number(file: Path) -> int:
    return int(file.read_text())


def _refusal(folder: Path, error: Exception) -> RaplError:
    if not isinstance(error, PermissionError):
        return RaplError(f"telemetry.cpu_energy: {folder} can't be read: {error}")
    return RaplError(
        f"telemetry.cpu_energy: {error.filename} may be read by root alone; write this line into "
        f"{UDEV_FILE}: {UDEV_RULE} -- and then run: {UDEV_APPLY}"
    )
