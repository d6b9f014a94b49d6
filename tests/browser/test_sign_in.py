# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A gateway that wants a key, in a real browser: in by a dialog, out by a button."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from browser.visit import Visit
from integration.shaping_rig import keys_file, stage
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
