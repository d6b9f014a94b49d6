#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Where green-telemetry's memory and CPU time go: its steps taken one by one in a process of their own.

Resident memory after each step of its start, then of the whole by file, then what each reading of a GPU
costs. Reads only. Expects green-qwen's packages on PYTHONPATH.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

READINGS, EVERY_S = 20, 0.11
LARGEST = 12


def memory_mib() -> str:
    fields = dict(
        line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line
    )
    whole, own, file = (int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon", "RssFile"))
    return f"{whole:.1f} | {own:.1f} | {file:.1f}"


def largest_mappings(smaps: str) -> list[tuple[str, int]]:
    """Resident kB by file, the greatest first."""
    resident_kb: Counter[str] = Counter()
    name = ""
    for line in smaps.splitlines():
        words = line.split()
        if not words[0].endswith(":"):
            name = words[5] if len(words) > 5 else "without a name"
        elif words[0] == "Rss:":
            resident_kb[name] += int(words[1])
    return resident_kb.most_common(LARGEST)


def cost_row(name: str, call: Callable[[], object]) -> str:
    walls_us, begun_s = [], time.process_time()
    for _ in range(READINGS):
        # The counter and the power change ten times a second.
        time.sleep(EVERY_S)
        start_s = time.perf_counter()
        call()
        walls_us.append(1e6 * (time.perf_counter() - start_s))
    cpu_us = 1e6 * (time.process_time() - begun_s) / READINGS
    return f"| {name} | {median(walls_us):.0f} | {max(walls_us):.0f} | {cpu_us:.0f} |"


def _counter_field(handle: object) -> None:
    import pynvml

    pynvml.nvmlDeviceGetFieldValues(handle, [pynvml.NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION])


def report() -> Iterator[str]:
    yield "| after | RSS MiB | anonymous | of files |"
    yield "|---" * 4 + "|"
    yield f"| the interpreter | {memory_mib()} |"
    # Each step by itself.
    import green_telemetry.telemetry  # noqa: F401
    from green_common.config import GpuConfig

    yield f"| green_telemetry imported | {memory_mib()} |"
    from green_common.gpu import nvml  # noqa: F401
    from green_common.gpu.open import open_driver

    yield f"| pynvml imported | {memory_mib()} |"
    driver = open_driver(GpuConfig())
    yield f"| NVML initialised | {memory_mib()} |"
    gpu = driver.open_gpus()[0]
    yield f"| a GPU opened | {memory_mib()} |"
    gpu.read_energy_j()
    yield f"| its counter read | {memory_mib()} |"
    yield ""
    for name, resident_kb in largest_mappings(Path("/proc/self/smaps").read_text()):
        yield f"{resident_kb / 1024:6.1f} MiB {name}"
    yield ""
    yield "| reading | median us | greatest us | CPU us, the sleep beside it included |"
    yield "|---" * 4 + "|"
    import pynvml

    handle = pynvml.nvmlDeviceGetHandleByIndex(gpu.index)
    yield cost_row("nothing", lambda: None)
    yield cost_row("energy counter", gpu.read_energy_j)
    yield cost_row("energy counter as a field", lambda: _counter_field(handle))
    yield cost_row("power", gpu.read_power_w)
    yield cost_row("utilisation", gpu.read_utilisation)
    yield cost_row("clocks", gpu.read_clocks)
    yield cost_row("clock event reasons", gpu.read_clock_event_reasons)
    yield cost_row("memory", gpu.read_memory)
    yield cost_row("temperature", gpu.read_temperature_c)
    yield cost_row("processes", gpu.read_compute_pids)
    driver.close()


if __name__ == "__main__":
    print("\n".join(report()))
