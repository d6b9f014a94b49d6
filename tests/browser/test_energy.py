# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The live view: what the GPU draws, for whom, and what became of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Locator, Page, Request, expect

from browser.conftest import Opens
from browser.ground import ECHO, TELEMETRY, Ground
from integration.telemetry_rig import wait_until

WAIT_MS = 20_000
JOURNAL = "**/-/history?*"


def ask(url: str, words: int) -> str:
    """Have so many words said back, as a stream through the gateway; the id of the request."""
    body = {"model": ECHO, "messages": [{"role": "user", "content": "word " * words}], "think": False}
    with httpx.stream("POST", f"{url}/api/chat", json=body, timeout=60) as answer:
        answer.raise_for_status().read()
    return answer.headers["x-green-request-id"]


@contextmanager
def asking(url: str, words: int) -> Iterator[None]:
    """While it is answered."""
    thread = threading.Thread(target=ask, args=(url, words))
    thread.start()
    try:
        yield
    finally:
        thread.join()


def power_w(page: Page) -> float:
    shown = page.get_by_label("Power", exact=True).locator(".big").first.inner_text(timeout=WAIT_MS)
    return float(shown.removesuffix(" W"))


def since(request: Request) -> str:
    """The day from which on the journal is read."""
    (at_s,) = parse_qs(urlsplit(request.url).query)["since"]
    return datetime.fromtimestamp(float(at_s), timezone.utc).date().isoformat()


def step_back_to(page: Page, phase: str) -> Locator:
    """Stop the chart, and go back in it, by keyboard, to a moment of this phase."""
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    moment = page.get_by_role("slider")
    moment.focus()
    page.keyboard.press("End")
    for _ in range(200):
        if f", {phase}, " in (moment.get_attribute("aria-valuetext") or ""):
            return moment
        page.keyboard.press("ArrowLeft")
    raise AssertionError(f"no moment of {phase}")


def test_the_view_moves_when_power_moves(opens: Opens, daemons: Ground) -> None:
    """The figure, the colour's name, and who it is for; at rest again afterwards."""
    page = opens("#energy").page
    power_w(page)
    with asking(daemons.url, 400):
        expect(page.get_by_label("In flight").locator("tbody tr")).to_have_count(1, timeout=WAIT_MS)
        expect(page.get_by_label("In flight")).to_contain_text(ECHO)
        expect(page.get_by_label("Power", exact=True)).to_contain_text("decode ·", timeout=WAIT_MS)
        busy_w = power_w(page)
    expect(page.get_by_label("In flight")).to_contain_text("Nothing is in flight", timeout=WAIT_MS)

    # The card may still cool down from another test: what counts is the difference afterwards.
    wait_until(lambda: 2 * power_w(page) < busy_w, "power at rest")
    expect(page.locator("#simulated")).to_be_visible()


def test_a_spike_leads_to_its_requests(opens: Opens, daemons: Ground) -> None:
    """By keyboard alone: a moment, its requests, the receipt of one."""
    page = opens("#energy").page
    power_w(page)
    request = ask(daemons.url, 200)
    httpx.get(f"{daemons.url}/-/receipts/{request}?wait_s=20", timeout=30).raise_for_status()
    page.wait_for_timeout(1500)
    step_back_to(page, "decode")
    page.keyboard.press("Enter")
    page.locator(f"a[href='#history?request={request}']").press("Enter")

    expect(page.get_by_role("heading", name=f"Receipt {request}")).to_be_visible()
    expect(page.locator(".receipt .mark")).to_have_text("simulated")


def test_what_was_before_the_page_was_open_is_in_the_chart(opens: Opens, daemons: Ground) -> None:
    """Asked and answered while nobody looked; its phase and its power are there."""
    httpx.get(f"{daemons.url}/-/receipts/{ask(daemons.url, 200)}?wait_s=20", timeout=30).raise_for_status()
    page = opens("#energy").page
    power_w(page)
    table = page.get_by_text("The last minutes as a table")
    table.click()
    expect(table.locator("..")).to_contain_text("decode")
    moment = step_back_to(page, "decode")

    assert re.search(r": \d+ W, decode, 1 request in flight", moment.get_attribute("aria-valuetext") or "")


def test_pause_holds_the_view(opens: Opens, daemons: Ground) -> None:
    """By a key too; it goes on where things are."""
    page = opens("#energy").page
    power_w(page)
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Go on")).to_have_attribute("aria-pressed", "true")
    rest_w = power_w(page)
    with asking(daemons.url, 400):
        page.wait_for_timeout(2500)
        held_w = power_w(page)
        page.keyboard.press("p")
        expect(page.get_by_label("In flight").locator("tbody tr")).to_have_count(1, timeout=WAIT_MS)

    assert held_w == rest_w


def test_telemetry_goes_away_and_comes_back(opens: Opens, daemons: Ground) -> None:
    """The page says so in words, and goes on by itself."""
    page = opens("#energy").page
    power_w(page)
    daemons.end(TELEMETRY)
    trouble = page.get_by_text("green-telemetry is away")
    expect(trouble).to_be_visible(timeout=WAIT_MS)
    daemons.start(TELEMETRY)

    expect(trouble).to_have_count(0, timeout=WAIT_MS)


def test_today_begins_anew_at_midnight(opens: Opens) -> None:
    """On a page that was open all night."""
    visit = opens("#chat", timezone_id="UTC")
    visit.page.clock.install(time=datetime(2026, 3, 1, 23, 58, tzinfo=timezone.utc))
    visit.page.route(JOURNAL, lambda route: route.fulfill(body=""))
    visit.page.reload()
    with visit.page.expect_request(JOURNAL) as evening:
        visit.page.get_by_role("link", name="Energy").click()
    expect(visit.page.get_by_text("Nothing was thrown away today.")).to_be_visible()
    with visit.page.expect_request(JOURNAL) as night:
        visit.page.clock.fast_forward("06:00")

    assert [since(asked.value) for asked in (evening, night)] == ["2026-03-01", "2026-03-02"]


@pytest.mark.parametrize("width", [320, 1920])
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("view", ["#energy", "#history"])
def test_nothing_is_wider_than_the_window(view: str, colours: str, width: int, opens: Opens) -> None:
    """From a narrow phone to a wide screen, light and dark; also where somebody wants little motion."""
    settings = {
        "viewport": {"width": width, "height": 800},
        "color_scheme": colours,
        "reduced_motion": "reduce",
    }
    page = opens(view, **settings).page
    page.wait_for_timeout(1500)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator(".panel h2").first).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", re.compile(colours))
