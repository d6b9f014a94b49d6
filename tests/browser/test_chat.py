# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Talking: streamed, stopped, continued, changed, and what it cost."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from browser.chat import Chat
from browser.conftest import Opens
from browser.ground import QWEN, Ground
from integration.telemetry_rig import wait_until

# Half a minute of echo.
LONG = "word " * 2000


def test_an_answer_comes_in_parts(chat: Chat) -> None:
    """The thinking first, folded; then the words, before all of them are there."""
    chat.choose(QWEN)
    chat.say("Hello")
    # Looks more often than expect does: it lasts a quarter of a second.
    summary = chat.last.locator("summary").first
    wait_until(lambda: summary.text_content() == "Thinking…", "thinking")
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


def test_stop_cancels_the_generation(chat: Chat, daemons: Ground) -> None:
    """At the model server, in mid-answer; what was said stays."""
    chat.choose()
    chat.say(LONG)
    expect(chat.last.locator(".text")).to_contain_text("word")
    chat.press("Stop")
    chat.answered()

    truth = wait_until(lambda: ended(daemons), "end of the generation")
    assert truth["stage"] == "cancelled"
    assert truth["generated_tokens"] < len(LONG) // 4
    expect(chat.last.locator(".receipt")).to_contain_text("Stopped")
    expect(chat.field).to_be_focused()


def test_escape_stops_before_the_first_word(chat: Chat, daemons: Ground) -> None:
    """While the model still reads."""
    chat.choose()
    before = len(daemons.truth())
    chat.say(LONG * 20)
    expect(chat.last).to_have_attribute("aria-busy", "true")
    wait_until(lambda: len(daemons.truth()) > before, "generation at the model server")
    chat.page.keyboard.press("Escape")
    chat.answered()

    assert wait_until(lambda: ended(daemons), "end of the generation")["stage"] == "cancelled"


def test_a_stopped_answer_goes_on(chat: Chat) -> None:
    """Behind what was there."""
    chat.choose()
    chat.say(LONG)
    expect(chat.last.locator(".text")).to_contain_text("word word")
    chat.press("Stop")
    chat.answered()
    before = chat.last.locator(".text").inner_text()
    chat.choose(QWEN)
    chat.press("Continue")
    expect(chat.last.locator(".text")).to_contain_text("This is a simulated answer")
    chat.answered()

    expect(chat.answers).to_have_count(1)
    assert chat.last.locator(".text").inner_text().startswith(before)


def test_an_answer_again_takes_the_place_of_the_first(chat: Chat, daemons: Ground) -> None:
    """With the same question."""
    chat.choose()
    chat.ask("once more")
    count = len(daemons.truth())
    chat.press("Answer again")
    wait_until(lambda: len(daemons.truth()) > count, "second generation")
    chat.answered()

    expect(chat.answers).to_have_count(1)
    expect(chat.last.locator(".text")).to_have_text("once more")


def test_an_edited_message_replaces_what_followed(chat: Chat) -> None:
    """Also by keys alone: arrow up in the empty field, Ctrl and Enter."""
    chat.choose()
    chat.ask("first")
    chat.ask("second")
    chat.questions.first.get_by_role("button", name="Edit").click()
    chat.page.get_by_role("textbox", name="Your message").fill("changed")
    chat.questions.first.get_by_role("button", name="Send").click()
    expect(chat.answers).to_have_count(1)
    expect(chat.last.locator(".text")).to_have_text("changed")

    chat.answered()
    chat.field.press("ArrowUp")
    chat.page.keyboard.press("Control+A")
    chat.page.keyboard.type("by keys")
    chat.page.keyboard.press("Control+Enter")
    expect(chat.last.locator(".text")).to_have_text("by keys")
    expect(chat.questions).to_have_count(1)


def test_an_answer_to_an_edited_message_can_be_stopped(chat: Chat, daemons: Ground) -> None:
    """Also where it took the place of one that was still coming."""
    chat.choose()
    chat.say(LONG)
    expect(chat.last.locator(".text")).to_contain_text("word")
    chat.questions.first.get_by_role("button", name="Edit").click()
    chat.page.get_by_role("textbox", name="Your message").fill(LONG.replace("word", "other"))
    chat.questions.first.get_by_role("button", name="Send").click()
    expect(chat.last.locator(".text")).to_contain_text("other")
    chat.press("Stop")
    chat.answered()

    expect(chat.answers).to_have_count(1)
    assert wait_until(lambda: ended(daemons), "end of the generation")["stage"] == "cancelled"


def test_a_model_that_is_gone_is_not_asked(chat: Chat) -> None:
    """The one that the list shows instead is."""
    chat.choose()
    chat.ask("before")
    chat.page.route("**/api/tags", lambda route: route.fulfill(json={"models": [{"name": QWEN}]}))
    chat.page.reload()
    expect(chat.page.get_by_label("Model")).to_have_value(QWEN)
    chat.ask("after")

    expect(chat.last.locator("dd").first).to_have_text(QWEN)


def test_quick_messages_become_one_turn(chat: Chat) -> None:
    """One answer to both, and it says so."""
    chat.choose(QWEN)
    chat.say("first thought")
    chat.say("second thought")
    chat.answered()

    expect(chat.answers).to_have_count(1)
    expect(chat.questions).to_have_count(2)
    expect(chat.questions.last).to_contain_text("merged with your previous message")
    expect(chat.last.locator(".receipt")).to_contain_text("one answer to 2 messages")


def test_a_long_history_says_what_was_left_out(chat: Chat) -> None:
    """With the tokens before and after."""
    chat.choose(QWEN)
    chat.ask("word " * 2500)
    answer = chat.ask("word " * 2500)

    expect(answer.locator(".receipt")).to_contain_text(re.compile(r"left out: (about )?\d{4} → \d{4} tokens"))


def test_who_waits_sees_the_place(chat: Chat, opens: Opens) -> None:
    """Two slots, both taken by conversations of this browser."""
    others = [Chat(opens().page) for _ in range(2)]
    for other in others:
        other.choose()
        other.say(LONG)
        expect(other.last.locator(".text")).to_contain_text("word")
    chat.choose()
    chat.say("me too")
    expect(chat.last.locator(".stage")).to_contain_text("Waiting for a slot: place 1")
    for other in others:
        other.press("Stop")
    chat.answered()

    expect(chat.last.locator(".receipt")).to_contain_text(re.compile(r"waited [\d.]+ s, came in at place \d"))


def test_thinking_can_be_switched_off(chat: Chat) -> None:
    """Where the model thinks at all."""
    chat.choose()
    expect(chat.page.get_by_label("Think")).to_be_hidden()
    chat.choose(QWEN)
    chat.page.get_by_label("Think").uncheck()
    chat.ask("Briefly")

    expect(chat.last.locator(".thinking")).to_be_hidden()


def test_answers_go_on_while_another_view_is_open(chat: Chat) -> None:
    """And are whole when one comes back."""
    chat.choose(QWEN)
    chat.say("Hello")
    chat.page.get_by_role("link", name="History").click()
    expect(chat.field).to_have_count(0)
    chat.page.get_by_role("link", name="Chat").click()
    chat.answered()

    expect(chat.last.locator(".text")).to_contain_text("This is a simulated answer")
    expect(chat.last.locator(".receipt")).to_contain_text("tokens/s/W")


def ended(daemons: Ground) -> dict[str, object] | None:
    """The newest generation, once it is over."""
    newest = daemons.truth()[-1]
    return newest if newest["ended_monotonic_s"] is not None else None
