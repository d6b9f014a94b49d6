# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The driver that the configuration names is opened."""

from __future__ import annotations

from pathlib import Path

import pynvml
import pytest

from green_common.config import GpuConfig
from green_common.gpu import NoDriverError
from green_common.gpu.open import open_driver
from unit.green_sim.driver_thread import driver_thread


def test_the_simulation(tmp_path: Path) -> None:
    """By its socket."""
    with driver_thread(tmp_path / "gpu.sock"):
        driver = open_driver(GpuConfig(driver="simulated", simulated_socket=str(tmp_path / "gpu.sock")))

        assert driver.simulated
        driver.close()


def test_the_nvidia_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is not on every machine."""

    def refuse() -> None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)

    monkeypatch.setattr(pynvml, "nvmlInit", refuse)

    with pytest.raises(NoDriverError, match="install or load the NVIDIA driver") as caught:
        open_driver(GpuConfig())

    # That is for a service to say: a command that finds no driver just ends.
    assert "systemd" not in str(caught.value)
