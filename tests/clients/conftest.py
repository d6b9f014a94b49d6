# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The ground that all clients share, and the table at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.ground import Ground, ground
from clients.matrix import Matrix

MATRIX = Matrix()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--table", type=Path, help="write the table of clients and features to this file")
    parser.addoption("--all-clients", action="store_true", help="fail where a client is not installed")


@pytest.fixture(scope="session", name="ground")
def shared_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One for all, with the model loaded."""
    with ground(tmp_path_factory.mktemp("clients")) as made:
        yield made


@pytest.fixture(autouse=True)
def place_in_table(request: pytest.FixtureRequest, record_property: pytest.FixtureRequest) -> None:
    """A test module names its CLIENT; a test is named after the feature, or gets it as a parameter."""
    parameters = getattr(getattr(request.node, "callspec", None), "params", {})
    feature = parameters.get("feature") or request.node.originalname.removeprefix("test_")
    request.node.user_properties.extend((("client", request.module.CLIENT), ("feature", feature)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    named = dict(report.user_properties)
    if "client" in named and (report.when == "call" or not report.passed):
        outcome = "not installed" if report.skipped else report.outcome
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
