# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A gateway that wants a key, in a real browser: in by a dialog, out by a button."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from browser.visit import Visit
from integration.shaping_rig import keys_file, stage
from integration.telemetry_rig import wait_until
from integration.web_rig import site


def test_in_and_out(browser: Browser, tmp_path: Path) -> None:
    """A wrong key is refused in words; no script can read the cookie; signed out, the key is wanted again."""
    file, keys = keys_file(tmp_path, ann="personal")
    with stage() as server, site(tmp_path, server.url, keys_file=file) as here:
        visit = Visit(browser.new_context().new_page(), here.gateway)
        page = visit.page
        visit.go("#history")
        page.get_by_label("API key").fill("gq-wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_text("That key is not known here.")).to_be_visible()
        page.get_by_label("API key").fill(keys["ann"])
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        readable = page.evaluate("document.cookie")
        leaving = page.get_by_role("button", name="Sign out")
        expect(leaving).to_have_attribute("title", "Signed in as ann")
        leaving.click()
        expect(page.get_by_label("API key")).to_be_visible()
        page.context.close()

    visit.kept_to_the_rules()
    assert readable == ""


def test_who_does_not_sign_in_is_not_asked_again(browser: Browser, tmp_path: Path) -> None:
    """The live view says so instead, and begins once somebody has signed in."""
    file, keys = keys_file(tmp_path, ann="personal")
    with stage() as server, site(tmp_path, server.url, keys_file=file) as here:
        visit = Visit(browser.new_context().new_page(), here.gateway)
        page = visit.page
        visit.go("#energy")
        wait_until(lambda: refused(page), "word of it")
        # Longer than the pause after which it would have asked.
        page.wait_for_timeout(5000)
        dialogs = page.get_by_role("dialog").count()
        page.get_by_role("link", name="History").click()
        page.get_by_label("API key").fill(keys["ann"])
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.get_by_role("link", name="Energy").click()
        expect(page.get_by_text("green-telemetry is away")).to_be_visible()
        page.context.close()

    assert dialogs == 0
    visit.kept_to_the_rules()


def refused(page: Page) -> bool:
    """Say no where one is asked; true once the page has taken it."""
    later = page.get_by_role("button", name="Not now")
    if later.is_visible():
        later.click()
    said: bool = page.get_by_text("Nothing is shown to whoever is not signed in.").is_visible()
    return said
