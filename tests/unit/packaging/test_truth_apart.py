# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The simulation knows what requests truly cost, and green-telemetry must not learn it from its code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = {
    "green_sim": ROOT / "sim",
    "green_telemetry": ROOT / "daemons",
    "green_proxy": ROOT / "daemons",
    "green_idle": ROOT / "daemons",
    "green_qwen": ROOT / "cli",
    "green_common": ROOT / "shared",
    "bench": ROOT,
}
# What both may read: nothing here says what anything costs.
COMMON = {"green_common", "green_common.errors", "green_common.notify"}
PAIRS = (("green_sim", "green_telemetry"), ("green_telemetry", "green_sim"))


def modules_of(package: str) -> Iterator[str]:
    """Every module of a package by its dotted name."""
    for path in sorted((SOURCES[package] / package).rglob("*.py")):
        parts = path.relative_to(SOURCES[package]).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def file_of(module: str) -> Path | None:
    """The module's file; nothing for a name that is no module."""
    base = SOURCES[module.partition(".")[0]].joinpath(*module.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def imports_of(module: str) -> set[str]:
    """The project's modules that a module names in its imports, wherever in it they stand."""
    path = file_of(module)
    assert path is not None
    named: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            named.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            named.add(node.module or "")
            named.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in named if name.partition(".")[0] in SOURCES and file_of(name) is not None}


def reached_from(package: str) -> set[str]:
    """All modules that a package's modules bring with them, with the packages that they lie in."""
    reached: set[str] = set()
    waiting = list(modules_of(package))
    while waiting:
        module = waiting.pop()
        if module in reached:
            continue
        reached.add(module)
        waiting.extend(imports_of(module))
        parent = module.rpartition(".")[0]
        if parent:
            waiting.append(parent)
    return reached


@pytest.mark.parametrize(("package", "other"), PAIRS)
def test_neither_brings_the_other_with_it(package: str, other: str) -> None:
    """Not through a third module either."""
    packages = {module.partition(".")[0] for module in reached_from(package)}

    assert other not in packages
    assert "bench" not in packages


def test_what_both_share_knows_nothing_of_costs() -> None:
    """A shared table of joules would hand the truth over as well as an import would."""
    shared = reached_from("green_sim") & reached_from("green_telemetry")

    assert shared <= COMMON


@pytest.mark.parametrize("package", ["green_sim", "green_telemetry"])
def test_neither_imports_by_name_at_run_time(package: str) -> None:
    """What is imported by a name in a string would not show here."""
    for module in modules_of(package):
        path = file_of(module)
        assert path is not None
        text = path.read_text(encoding="utf-8")
        assert "importlib" not in text, module
        assert "__import__" not in text, module
