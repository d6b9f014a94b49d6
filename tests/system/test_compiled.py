# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The compiled libraries inside the package serve every Python that it is for."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from system.elf import architecture_of

ROOT = Path(__file__).parents[2]
TAGS = ("cpython-310", "cpython-311", "cpython-312", "cpython-313")
MODULES = {"httptools/parser/parser", "httptools/parser/url_parser"}
# Under what MemoryDenyWriteExecute= does (PR_SET_MDWE): import all of it and let it work a little.
TRY = """
import ctypes, sys
assert ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) == 0
sys.path.insert(0, sys.argv[1])
import httptools, tokenizers
from tokenizers.models import BPE
assert httptools.parse_url(b"http://[::1]:8080/api").port == 8080
assert tokenizers.Tokenizer(BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")])).encode("ab").ids == [2]
assert all(module.__file__.startswith(sys.argv[1]) for module in (httptools, tokenizers))
assert "huggingface_hub" not in sys.modules
"""


@pytest.fixture(scope="module")
def vendored(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The libraries as the package brings them."""
    tree = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["dpkg-deb", "--extract", str(package), str(tree)], check=True)
    return tree / "usr" / "lib" / "green-qwen" / "vendor"


def test_every_library_of_the_package_is_there_for_every_python(vendored: Path) -> None:
    """Four files side by side, or one for the stable interface."""
    assert modules_in(vendored) == {(name, tag) for name in MODULES for tag in TAGS} | {
        ("tokenizers/tokenizers", "abi3")
    }


def test_every_library_of_the_package_is_for_its_architecture(package: Path, vendored: Path) -> None:
    """An abi3 file's name doesn't tell."""
    field = ["dpkg-deb", "--field", str(package), "Architecture"]
    architecture = subprocess.run(field, check=True, capture_output=True, text=True).stdout.strip()

    assert {architecture_of(library) for library in vendored.rglob("*.so")} == {architecture}


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_the_libraries_work_in_each_python_without_writable_code(vendored: Path, version: str) -> None:
    """The Pythons of Ubuntu 22.04, Debian 12, Ubuntu 24.04 and Debian 13, as far as they are here."""
    python = python_of(version)
    if python is None:
        pytest.skip(f"no Python {version} on this machine")

    done = subprocess.run(
        [python, "-I", "-c", TRY, str(vendored)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


def test_the_libraries_of_another_architecture_can_be_fetched(tmp_path: Path) -> None:
    """All that tells the arm64 package from the amd64 one before it is built."""
    lock = ROOT / "requirements" / "runtime.lock"

    subprocess.run([ROOT / "packaging" / "vendor", lock, tmp_path / "vendor", "arm64"], check=True)

    assert len(modules_in(tmp_path / "vendor")) == len(MODULES) * len(TAGS) + 1
    assert {architecture_of(library) for library in tmp_path.rglob("*.so")} == {"arm64"}


def modules_in(folder: Path) -> set[tuple[str, str]]:
    """Each compiled module with the Python that it is for."""
    names = (str(path.relative_to(folder)).split(".") for path in folder.rglob("*.so"))
    return {(module, tag.removesuffix("-linux-gnu").rpartition("-")[0] or tag) for module, tag, _ in names}


def python_of(version: str) -> str | None:
    """Debian's own, or one of pyenv's."""
    shims = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    beside = sorted(shims.glob(f"versions/{version}.*/bin/python{version}"))
    return str(beside[-1]) if beside else shutil.which(f"python{version}")
