# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A page that is open, and all that it did which no page of ours may do."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Error, Page, Request

# What a browser says of answers with an error status, which tests provoke.
EXPECTED = ("Failed to load resource", "net::ERR_")
SPY = """
document.addEventListener("securitypolicyviolation", (event) => console.error(
    "policy: " + event.violatedDirective + " " + event.blockedURI + " " + event.sample));
globalThis.alert = (words) => console.error("alert: " + words);
"""


class Visit:
    """Listens from before the first byte."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.offences: list[str] = []
        page.set_default_timeout(10_000)
        page.add_init_script(SPY)
        page.on("console", self._said)
        page.on("pageerror", self._failed)
        page.on("request", self._asked)
        page.on("dialog", lambda dialog: dialog.dismiss())
        page.on("popup", lambda popup: self.offences.append(f"a window: {popup.url}"))

    def go(self, hash_: str = "") -> None:
        self.page.goto(f"{self.url}/{hash_}")

    def kept_to_the_rules(self) -> None:
        assert self.offences == []

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(part in message.text for part in EXPECTED):
            self.offences.append(f"console: {message.text}")

    def _failed(self, error: Error) -> None:
        self.offences.append(f"exception: {error}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:", "blob:")):
            self.offences.append(f"request: {request.url}")
