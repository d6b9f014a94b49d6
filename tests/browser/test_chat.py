# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Talking: streamed, stopped, continued, changed, and what it cost."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from browser.chat import Chat
from browser.ground import QWEN, Ground


def test_an_answer_comes_in_parts(chat: Chat) -> None:
    """The thinking first, folded; then the words, before all of them are there."""
    chat.choose(QWEN)
    chat.say("Hello")
    expect(chat.last.locator("summary").first).to_have_text("Thinking…")
    expect(chat.last.locator(".text")).to_contain_text("This is")
    expect(chat.last).to_have_attribute("aria-busy", "true")
    chat.answered()

    expect(chat.last.locator(".thinking")).not_to_have_attribute("open", "")
    expect(chat.last.locator(".thinking summary")).to_have_text(re.compile("Thought for"))
    assert len(chat.last.locator(".text").inner_text()) > 200


def test_a_receipt_stands_under_the_answer(chat: Chat) -> None:
    """Tokens, speed, joules with their uncertainty, yield; marked as simulated."""
    answer = chat.ask("How many joules?")

    receipt = answer.locator(".receipt")
    for figure in (r"\d+ tokens?", r"[\d.]+ tokens/s", r"[\d.]+ J ± [\d.]+ J", r"[\d.]+ tokens/s/W"):
        expect(receipt).to_contain_text(re.compile(figure))
    expect(receipt.locator(".mark")).to_have_text("simulated")
    expect(chat.page.locator("#simulated")).to_be_visible()
