# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Who else computes on a GPU: with somebody else's load on it no figure would be the setting's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from green_common.errors import UnavailableError
from green_common.gpu import Gpu, GpuPermissionError, GpuUnsupportedError

PROC = Path("/proc")


def refuse_others(gpus: Iterable[Gpu], is_ours: Callable[[int], bool]) -> None:
    """Raises UnavailableError that names each process on these GPUs which is not ours."""
    found = [
        f"process {pid} ({_name(pid)}) on GPU {gpu.index}"
        for gpu in gpus
        for pid in _pids(gpu)
        if not is_ours(pid)
    ]
    if found:
        raise UnavailableError(
            f"another load is on the GPU: {', '.join(found)}; its joules would be counted as the setting's. "
            "Stop it (an Ollama that holds a model: ollama stop MODEL), or choose another GPU with --gpu"
        )


def in_unit(unit: str, proc: Path = PROC) -> Callable[[int], bool]:
    """Whether a process belongs to a systemd unit, by its cgroup."""

    def belongs(pid: int) -> bool:
        try:
            return f"/{unit}" in (proc / str(pid) / "cgroup").read_text()
        except OSError:
            return False

    return belongs


def _pids(gpu: Gpu) -> tuple[int, ...]:
    try:
        return gpu.read_compute_pids()
    except (GpuUnsupportedError, GpuPermissionError):
        return ()


def _name(pid: int) -> str:
    try:
        return (PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return "of a name that can't be read"
