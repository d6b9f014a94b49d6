# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a person does in the chat, and sees there."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from browser.ground import ECHO


class Chat:
    """The page's chat, in the words of its labels."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.field = page.get_by_role("textbox", name="Message")
        self.answers = page.locator(".message:not(.mine)")
        self.questions = page.locator(".message.mine")

    @property
    def last(self) -> Locator:
        return self.answers.last

    def choose(self, model: str = ECHO) -> None:
        self.page.get_by_label("Model").select_option(model)

    def say(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def ask(self, text: str) -> Locator:
        """Say it and wait for the whole answer."""
        before = self.answers.count()
        self.say(text)
        expect(self.answers).to_have_count(before + 1)
        self.answered()
        return self.last

    def answered(self) -> None:
        expect(self.last).to_have_attribute("aria-busy", "false")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).last.click()
