# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The executables of the package, where a library of theirs is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LAUNCHER = (Path(__file__).parents[3] / "packaging" / "launcher.in").read_text()
WANTS = "import swift.parser\n\ndef main():\n    return 3\n"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """What would be /usr/lib/green-qwen, with a service in it that wants a compiled library."""
    service = tmp_path / "green_thing" / "__main__.py"
    service.parent.mkdir()
    service.write_text(WANTS)
    swift = tmp_path / "vendor" / "swift"
    swift.mkdir(parents=True)
    (swift / "__init__.py").touch()
    return tmp_path


def test_a_launcher_ends_with_the_exit_code_of_its_service(library: Path) -> None:
    """Where everything is there."""
    (library / "vendor" / "swift" / "parser.py").touch()

    assert launch(library).returncode == 3


def test_a_library_compiled_for_other_pythons_is_named_with_the_cure(library: Path) -> None:
    """One line without a traceback; the exit code is one after which systemd does not try again."""
    (library / "vendor" / "swift" / "parser.cpython-27-x86_64-linux-gnu.so").touch()

    done = launch(library)

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert done.returncode == os.EX_SOFTWARE
    assert done.stderr == (
        f"swift.parser is not there for Python {version}: install a green-qwen that knows it\n"
    )


@pytest.mark.parametrize("missing", ["import nowhere", "import swift.nowhere"])
def test_what_is_missing_altogether_is_our_mistake_and_shown_whole(library: Path, missing: str) -> None:
    """A traceback, for whoever has to mend it."""
    (library / "green_thing" / "__main__.py").write_text(missing)

    done = launch(library)

    assert done.returncode == 1
    assert "Traceback" in done.stderr


def launch(library: Path) -> subprocess.CompletedProcess[str]:
    script = LAUNCHER.replace("@MODULE@", "green_thing.__main__").replace("/usr/lib/green-qwen", str(library))
    command = [sys.executable, "-I", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=False)
