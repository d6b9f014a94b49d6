# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a person reads when something is away or full, and that it goes on by itself or with one press."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from browser.chat import Chat
from browser.conftest import Opens
from browser.ground import PROXY, SIMULATION, TELEMETRY, Ground, ground
from integration.telemetry_rig import wait_until

LONG = "word " * 2000


@pytest.fixture(scope="module")
def daemons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One slot, and room for one who waits."""
    settings = {"GREEN_SHAPING_SLOTS": "1", "GREEN_SHAPING_QUEUE_LIMIT": "1", "GREEN_PROXY_DRAIN_S": "0"}
    with ground(tmp_path_factory.mktemp("web"), **settings) as made:
        yield made


def test_the_gateway_goes_away_and_comes_back(chat: Chat, daemons: Ground) -> None:
    """The message is kept, and sent again with one press."""
    chat.choose()
    daemons.end(PROXY)
    chat.say("are you there")
    expect(chat.last).to_contain_text("The gateway does not answer")
    daemons.start(PROXY)
    chat.press("Try again")

    expect(chat.last.locator(".text")).to_have_text("are you there")


def test_the_model_server_goes_away_and_comes_back(chat: Chat, daemons: Ground) -> None:
    """In words, with what the gateway knows."""
    chat.choose()
    daemons.end(SIMULATION)
    chat.say("are you there")
    expect(chat.last.locator(".box")).to_contain_text("The model server is away")
    daemons.start(SIMULATION)
    chat.press("Try again")

    # The gateway may spare it a try for five seconds; the page then tries again by itself.
    expect(chat.last.locator(".text")).to_have_text("are you there", timeout=15_000)


def test_without_telemetry_there_are_answers_but_no_receipts(chat: Chat, daemons: Ground) -> None:
    """And receipts again once it is back."""
    chat.choose()
    daemons.end(TELEMETRY)
    chat.ask("without")
    expect(chat.last.locator(".receipt")).to_contain_text("No receipt", timeout=15_000)
    daemons.start(TELEMETRY)

    # It finds the proxy within a second or two.
    wait_until(lambda: "tokens/s/W" in chat.ask("with").locator(".receipt").inner_text(), "receipt")


def test_a_full_queue_counts_down_and_tries_again(opens: Opens) -> None:
    """By itself, as the gateway said."""
    others = [Chat(opens().page) for _ in range(2)]
    for other in others:
        other.choose()
        other.say(LONG)
        expect(other.last.locator(".text, .stage").first).to_be_attached()
        other.page.wait_for_timeout(500)
    chat = Chat(opens().page)
    chat.choose()
    chat.say("me too")
    expect(chat.last.locator(".box")).to_contain_text("The model server can't answer yet.")
    expect(chat.page.get_by_role("button", name=re.compile(r"Try again \(\d+ s\)"))).to_be_visible()
    for other in reversed(others):
        other.press("Stop")

    expect(chat.last.locator(".text")).to_have_text("me too", timeout=30_000)
