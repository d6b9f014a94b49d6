# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One browser for all tests, the daemons for each module, and a page that reports what it should not do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from browser.chat import Chat
from browser.ground import Ground, ground, in_sandbox
from browser.visit import Visit

CHROMIUM = "/usr/bin/chromium"
# Playwright's 5 s are too few where other tests keep all processors busy.
expect.set_options(timeout=15_000)

Opens = Callable[..., Visit]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=in_sandbox())
        yield made
        made.close()


@pytest.fixture(scope="module")
def daemons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ground(tmp_path_factory.mktemp("web")) as made:
        yield made


@pytest.fixture
def opens(browser: Browser, daemons: Ground) -> Iterator[Opens]:
    """Opens the page as somebody who was never there; afterwards it must have kept to its rules."""
    visits: list[Visit] = []

    def open_one(hash_: str = "", **settings: Any) -> Visit:
        context = browser.new_context(**{"viewport": {"width": 1100, "height": 760}, **settings})
        visit = Visit(context.new_page(), daemons.url)
        visits.append(visit)
        visit.go(hash_)
        return visit

    yield open_one
    for visit in visits:
        visit.page.context.close()
    for visit in visits:
        visit.kept_to_the_rules()


@pytest.fixture
def page(opens: Opens) -> Page:
    return opens().page


@pytest.fixture
def chat(page: Page) -> Chat:
    return Chat(page)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", help="folder for the pictures of docs/web.md")
