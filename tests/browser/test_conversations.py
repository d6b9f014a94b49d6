# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Conversations in the browser, and text of all kinds."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect

from browser.chat import Chat
from browser.conftest import Opens

SLOW_STORE = """
IDBOpenDBRequest.prototype.addEventListener = function (name, act) {
  const late = name === "success" ? (event) => setTimeout(act, 1000, event) : act;
  EventTarget.prototype.addEventListener.call(this, name, late);
};
"""


def test_conversations_outlive_the_page(chat: Chat) -> None:
    """Each with its messages and their receipts."""
    chat.choose()
    chat.ask("the first one")
    chat.press("New conversation")
    chat.ask("the second one")
    chat.page.reload()
    expect(chat.last.locator(".text")).to_have_text("the second one")
    chat.press("the first one")

    expect(chat.last.locator(".text")).to_have_text("the first one")
    expect(chat.last.locator(".receipt")).to_contain_text("tokens/s/W")


def test_nothing_is_lost_that_is_sent_as_soon_as_there_is_a_field(chat: Chat) -> None:
    """However long the browser takes to tell which conversations it has."""
    chat.page.add_init_script(SLOW_STORE)
    chat.page.reload()
    chat.ask("at once")

    expect(chat.questions).to_contain_text("at once")


def test_what_is_written_is_there_after_a_look_at_another_view(chat: Chat) -> None:
    """In the field, and not sent."""
    chat.field.fill("not sent yet")
    chat.page.get_by_role("link", name="Energy").click()
    chat.page.get_by_role("link", name="Chat").click()

    expect(chat.field).to_have_value("not sent yet")


def test_an_answer_outlives_the_page_as_far_as_it_came(chat: Chat) -> None:
    """Some seconds less at most; it can go on."""
    chat.choose()
    chat.say("word " * 2000)
    expect(chat.last.locator(".text")).to_contain_text("word")
    chat.page.wait_for_timeout(3000)
    chat.page.reload()

    expect(chat.last.locator(".text")).to_contain_text("word")
    expect(chat.last.get_by_role("button", name="Continue")).to_be_visible()


def test_two_windows_lose_nothing_of_each_other(chat: Chat) -> None:
    """What was said in one is in the other, which goes on from there."""
    chat.choose()
    chat.ask("in the first")
    other = Chat(chat.page.context.new_page())
    other.page.goto(chat.page.url)
    expect(other.answers).to_have_count(1)
    other.ask("in the second")
    expect(chat.answers).to_have_count(2)
    chat.ask("in the first again")
    expect(other.answers).to_have_count(3)
    other.press("Delete in the first")
    other.page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(chat.page.locator(".list li")).to_have_count(0)
    expect(chat.answers).to_have_count(0)


def test_a_conversation_is_renamed_and_deleted(chat: Chat) -> None:
    """After a question, since it can't be had back."""
    chat.choose()
    chat.ask("something")
    chat.press("Rename something")
    chat.page.get_by_label("Title").fill("Named")
    chat.page.get_by_role("button", name="Rename", exact=True).click()
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Named")
    chat.press("Delete Named")
    chat.page.get_by_role("button", name="Delete", exact=True).click()
    expect(chat.answers).to_have_count(0)
    chat.page.reload()

    expect(chat.page.locator(".list li")).to_have_count(0)


def test_conversations_are_carried_to_another_browser(chat: Chat, opens: Opens, tmp_path: Path) -> None:
    """As a file that one may read."""
    chat.choose()
    chat.ask("carry me")
    with chat.page.expect_download() as download:
        chat.press("Export")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    other = Chat(opens().page)
    with other.page.expect_file_chooser() as chooser:
        other.press("Import")
    chooser.value.set_files(path)

    expect(other.last.locator(".text")).to_have_text("carry me")
    assert json.loads(path.read_text())["conversations"][0]["entries"][1]["text"] == "carry me"


def test_enter_that_ends_a_composition_sends_nothing(chat: Chat) -> None:
    """As one types Chinese: the Enter belongs to the input method."""
    chat.choose()
    keys = chat.page.context.new_cdp_session(chat.page)
    chat.field.focus()
    keys.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    keys.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    expect(chat.questions).to_have_count(0)
    keys.send("Input.insertText", {"text": "你好"})
    expect(chat.field).to_have_value("你好")
    chat.field.press("Enter")

    expect(chat.questions).to_have_count(1)
    chat.answered()
    expect(chat.last.locator(".text")).to_have_text("你好")


def test_text_runs_as_its_script_does(chat: Chat) -> None:
    """Paragraph by paragraph; code always from the left."""
    chat.choose()
    chat.ask("مرحبا بالعالم\n\nHello **world**\n\n你好 **世界**。\n\n```\nمحمد\n```")

    text = chat.last.locator(".text")
    directions = text.locator("p, pre").evaluate_all("all => all.map(one => getComputedStyle(one).direction)")
    assert directions == ["rtl", "ltr", "ltr", "ltr"]
    assert text.locator("strong").all_inner_texts() == ["world", "世界"]


def test_code_is_copied_as_it_was_written(chat: Chat) -> None:
    """Without the marks around it."""
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.choose()
    chat.ask("Look:\n\n```python\nif a < b:\n    c &= d\n```")
    chat.last.get_by_role("button", name="Copy code").click()

    expect(chat.last.get_by_role("button", name="Copy code")).to_have_text("Copied")
    assert chat.page.evaluate("navigator.clipboard.readText()") == "if a < b:\n    c &= d"


def test_what_is_said_while_one_reads_above_does_not_carry_off(chat: Chat) -> None:
    """The end is one button away."""
    chat.choose()
    chat.ask("line\n\n" * 60)
    log = chat.page.get_by_label("Messages")
    log.evaluate("log => log.scrollTo(0, 0)")
    chat.press("To the end")

    expect(chat.page.get_by_role("button", name="To the end")).to_be_hidden()
    assert log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight") < 2
