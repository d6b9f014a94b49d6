# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Energy of the CPU, from files as the kernel has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from green_telemetry.rapl import UDEV_RULE, Rapl, RaplError

RANGE_UJ = 262_143_328_850


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two packages with a core and a DRAM each, and the whole machine."""
    for package in (0, 1):
        zone(tmp_path, f"intel-rapl:{package}", f"package-{package}", 1_000_000)
        zone(tmp_path, f"intel-rapl:{package}:0", "core", 500_000)
        zone(tmp_path, f"intel-rapl:{package}:1", "dram", 200_000)
    zone(tmp_path, "intel-rapl:2", "psys", 9_000_000)
    zone(tmp_path, "intel-rapl-mmio:0", "package-0", 1_000_000)
    return tmp_path


def zone(root: Path, folder: str, name: str, energy_uj: int) -> None:
    (root / folder).mkdir()
    (root / folder / "name").write_text(f"{name}\n")
    (root / folder / "max_energy_range_uj").write_text(f"{RANGE_UJ}\n")
    count(root, folder, energy_uj)


def count(root: Path, folder: str, energy_uj: int) -> None:
    (root / folder / "energy_uj").write_text(f"{energy_uj}\n")


def test_packages_and_dram_are_summed_up_each(root: Path) -> None:
    """Cores are a part of their package, and the whole machine is no CPU."""
    rapl = Rapl(root)
    rapl.read(0.0)
    count(root, "intel-rapl:0", 3_000_000)
    count(root, "intel-rapl:1", 2_500_000)
    count(root, "intel-rapl:1:1", 700_000)
    rapl.read(10.0)

    assert rapl.between(0.0, 10.0) == {"cpu_package_j": 3.5, "cpu_dram_j": 0.5}
    assert rapl.between(5.0, 10.0) == {"cpu_package_j": 1.75, "cpu_dram_j": 0.25}


def test_a_counter_that_went_round_goes_on(root: Path) -> None:
    """At the range that the kernel names."""
    count(root, "intel-rapl:0", RANGE_UJ - 1_000_000)
    rapl = Rapl(root)
    rapl.read(0.0)
    count(root, "intel-rapl:0", 2_000_000)
    rapl.read(10.0)

    assert rapl.between(0.0, 10.0)["cpu_package_j"] == pytest.approx(3.0)


def test_the_files_are_read_every_few_seconds(root: Path) -> None:
    """However often a GPU is."""
    rapl = Rapl(root)
    rapl.read(0.0)
    count(root, "intel-rapl:0", 3_000_000)
    rapl.read(0.5)

    assert rapl.between(0.0, 0.5)["cpu_package_j"] == 0.0


def test_a_time_before_the_first_reading_is_not_known(root: Path) -> None:
    """Nor is any before the first of them."""
    rapl = Rapl(root)
    assert rapl.between(0.0, 1.0) == {}
    rapl.read(100.0)

    assert rapl.between(0.0, 100.0) == {}


def test_a_machine_without_them_says_so(tmp_path: Path) -> None:
    """And which switch it is."""
    with pytest.raises(RaplError, match=r"telemetry\.cpu_energy"):
        Rapl(tmp_path)


def test_files_of_root_name_the_rule_that_opens_them(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the file, the rule, and the command."""
    refused = root / "intel-rapl:0" / "energy_uj"
    read_text = Path.read_text

    def refuse(path: Path) -> str:
        if path == refused:
            raise PermissionError(13, "Permission denied", str(path))
        return read_text(path)

    monkeypatch.setattr(Path, "read_text", refuse)

    with pytest.raises(RaplError) as caught:
        Rapl(root)

    said = str(caught.value)
    assert str(refused) in said and UDEV_RULE in said and "udevadm trigger" in said
    assert "\n" not in said


def test_a_file_that_goes_away_is_named(root: Path) -> None:
    """The module was unloaded."""
    rapl = Rapl(root)
    (root / "intel-rapl:1" / "energy_uj").unlink()

    with pytest.raises(RaplError, match="intel-rapl:1"):
        rapl.read(0.0)


def test_the_rule_is_in_the_documents_too() -> None:
    """To be copied, instead of typed."""
    rules = Path(__file__).parents[3] / "docs" / "70-green-qwen-rapl.rules"

    assert UDEV_RULE in rules.read_text().splitlines()
