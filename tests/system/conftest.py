# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the system tests share: the package, the simulated NVML library, and booted machines."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from system.machine import Machine
from system.server import Server
from system.tree import SUITES, base_tree

ROOT = Path(__file__).parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them boot or unpack a Debian: that wants root, and time for the first debootstrap."""
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        item.add_marker(pytest.mark.system)
        item.add_marker(pytest.mark.timeout(1200))
        if os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="booting a container wants root: scripts/test uses sudo"))


@pytest.fixture(scope="session")
def package() -> Path:
    """The package under test."""
    deb = ROOT / "dist" / "green-qwen.deb"
    assert deb.exists(), "build the package first: scripts/deb"
    return deb


@pytest.fixture(scope="session")
def newer_package(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same content under a higher version."""
    folder = tmp_path_factory.mktemp("newer")
    tree, deb = folder / "tree", folder / "green-qwen.deb"
    subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(tree)], check=True)
    control = tree / "DEBIAN" / "control"
    control.write_text(control.read_text().replace("\nVersion: ", "\nVersion: 999."))
    subprocess.run(["dpkg-deb", "--build", str(tree), str(deb)], check=True, capture_output=True)
    return deb


@pytest.fixture(scope="session")
def nvml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """NVML's interface over the simulated GPU."""
    folder = tmp_path_factory.mktemp("nvml")
    make = ["make", "-s", "-C", str(ROOT / "sim" / "nvml"), f"OUT={folder}"]
    subprocess.run(make, check=True, capture_output=True, text=True)
    return folder / "libnvidia-ml.so.1"


@contextmanager
def booted(suite: str, console: Path, *options: str) -> Iterator[Server]:
    machine = Machine(base_tree(suite), console, *options)
    try:
        yield Server(machine)
    finally:
        # For whoever looks for the cause of a failure; pytest keeps the folders of the last runs.
        console.with_name("journal.txt").write_text(
            machine.run("journalctl", "--no-pager", "-o", "short-precise")
        )
        machine.stop()


@pytest.fixture(params=SUITES)
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A freshly booted Debian for one test."""
    with booted(request.param, tmp_path / "console.log") as server:
        yield server


@pytest.fixture(scope="module", params=SUITES)
def installed(
    request: pytest.FixtureRequest, package: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A booted Debian with the package."""
    with booted(request.param, tmp_path_factory.mktemp(request.param) / "console.log") as server:
        server.install(package)
        yield server


@pytest.fixture(scope="module", params=SUITES)
def server(
    request: pytest.FixtureRequest, package: Path, nvml: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A Debian on which the three commands were typed, for all tests of a module."""
    with booted(request.param, tmp_path_factory.mktemp(request.param) / "console.log") as server:
        server.install(package)
        server.start_simulation(nvml)
        server.enable()
        yield server
