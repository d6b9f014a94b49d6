# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The live view beside the chat: it moves when the power does, and says what is away."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from browser.chat import Chat
from browser.conftest import Opens
from browser.ground import TELEMETRY, Ground
from integration.telemetry_rig import wait_until

LONG = "word " * 2000
PICTURE = "document.querySelector('.energy canvas').toDataURL()"


def test_the_chart_moves_when_the_power_moves(opens: Opens) -> None:
    """Up while the GPU writes, and the request is among those in flight."""
    page = opens("#energy").page
    power = page.get_by_role("region", name="Power")
    rest_w = watts_of(power.locator(".big").first.inner_text(timeout=10_000))
    before = page.evaluate(PICTURE)
    chat = Chat(opens().page)
    chat.choose()
    chat.say(LONG)
    wait_until(lambda: watts_of(power.locator(".big").first.inner_text()) > rest_w + 100, "more watts")
    expect(page.get_by_role("region", name="In flight")).to_contain_text("decode")
    chat.press("Stop")
    chat.answered()

    assert page.evaluate(PICTURE) != before
    wait_until(lambda: watts_of(power.locator(".big").first.inner_text()) < rest_w + 50, "fewer watts")
    expect(page.locator("#simulated")).to_be_visible()


def test_telemetry_goes_away_and_comes_back(opens: Opens, daemons: Ground) -> None:
    """The view says so, and goes on by itself."""
    page = opens("#energy").page
    expect(page.get_by_role("region", name="Power").locator(".big").first).to_contain_text("W")
    daemons.end(TELEMETRY)
    expect(page.locator(".trouble")).to_contain_text("green-telemetry is away", timeout=10_000)
    daemons.start(TELEMETRY)

    expect(page.locator(".trouble")).to_have_count(0, timeout=20_000)


def test_a_pause_holds_the_chart(opens: Opens) -> None:
    """Until it goes on."""
    page = opens("#energy").page
    expect(page.get_by_role("region", name="Power").locator(".big").first).to_contain_text("W")
    pause = page.get_by_role("button", name=re.compile("Pause|Go on|Paused"))
    pause.click()
    held = page.evaluate(PICTURE)
    page.wait_for_timeout(1500)
    same = page.evaluate(PICTURE) == held
    pause.click()
    moved_on(page, held)

    assert same


def moved_on(page: Page, held: str) -> None:
    wait_until(lambda: page.evaluate(PICTURE) != held, "a chart that goes on")


def watts_of(text: str) -> float:
    """The figure before its unit."""
    found = re.search(r"([\d.,]+)\s*(k?)W", text)
    assert found, text
    return float(found[1].replace(",", "")) * (1000 if found[2] else 1)
