# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The shipped configuration file is what the schema says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import attrs

from green_common.config import load_config
from green_common.config.schema import TABLES

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "etc" / "green-qwen.toml"


def test_the_shipped_file_is_made_from_the_schema() -> None:
    """Run packaging/sample_config.py again where this fails."""
    script = [sys.executable, str(ROOT / "packaging" / "sample_config.py")]
    environ = {"PYTHONPATH": str(ROOT / "shared")}

    made = subprocess.run(script, env=environ, capture_output=True, text=True, check=True).stdout

    assert SHIPPED.read_text() == made


def test_as_shipped_it_changes_nothing() -> None:
    """Every value is still the default."""
    loaded = load_config(SHIPPED, {})

    assert set(loaded.origins.values()) == {"default"}


def test_every_key_is_allowed_as_it_stands_there(tmp_path: Path) -> None:
    """With all comment signs taken away the file is valid, and still says the defaults."""
    uncommented = tmp_path / "green-qwen.toml"
    uncommented.write_text(re.sub(r"^#(\w+ = )", r"\1", SHIPPED.read_text(), flags=re.MULTILINE))

    loaded = load_config(uncommented, {})

    assert {origin for origin in loaded.origins.values()} == {str(uncommented)}
    for table, make in TABLES.items():
        assert attrs.asdict(getattr(loaded.config, table)) == attrs.asdict(make())
