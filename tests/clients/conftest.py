# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The ground that all clients share, and the table at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.ground import Ground, ground
from clients.matrix import FEATURES, Matrix

MATRIX = Matrix()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--table", type=Path, help="write the table of clients and features to this file")
    parser.addoption("--all-clients", action="store_true", help="fail where a client is not installed")


@pytest.fixture(scope="session", name="ground")
def shared_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One for all, with the model loaded."""
    with ground(tmp_path_factory.mktemp("clients")) as made:
        yield made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test module names its CLIENT; a test's name starts with the feature, or it gets it as a parameter."""
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item.module, "CLIENT"):
            parameters = getattr(getattr(item, "callspec", None), "params", {})
            client = item.module.CLIENT
            name = client(parameters) if callable(client) else client
            feature = parameters.get("feature") or feature_of(item.originalname)
            item.user_properties.extend((("client", name), ("feature", feature)))


def feature_of(test: str) -> str:
    """The longest feature that the name of a test starts with."""
    name = test.removeprefix("test_")
    return max((feature for feature in FEATURES if name.startswith(feature)), key=len)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    named = dict(report.user_properties)
    if "client" in named and (report.when == "call" or not report.passed):
        outcome = {"passed": "pass", "skipped": "not installed"}.get(report.outcome, report.outcome)
        MATRIX.note(str(named["client"]), str(named["feature"]), outcome)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not MATRIX.outcomes:
        return
    terminalreporter.section("clients")
    for line in MATRIX.lines():
        terminalreporter.write_line(line)
    path = terminalreporter.config.getoption("--table")
    if path is not None:
        path.write_text(MATRIX.page(), encoding="utf-8")
