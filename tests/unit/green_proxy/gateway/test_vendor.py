# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The page's libraries are what their list says, and the page itself brings no script or style of its own."""

from __future__ import annotations

import hashlib
import re

from green_proxy.gateway.files import FOLDER

VENDOR = FOLDER / "vendor"
LINE = re.compile(r"^\| `([^`]+)` \|.*`([0-9a-f]{64})` \|$", re.MULTILINE)


def test_each_library_is_as_it_was_published() -> None:
    """All of them are listed, with the hash that they have."""
    listed = dict(LINE.findall((VENDOR / "README.md").read_text()))
    found = {path.name: path for path in VENDOR.iterdir() if path.suffix in (".js", ".css")}

    assert listed == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.items()}


def test_no_script_or_style_stands_in_the_page() -> None:
    """The policy would forbid it; so would it forbid handlers in attributes."""
    page = (FOLDER / "index.html").read_text()

    assert re.findall(r"<script(?![^>]*\ssrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=", page) == []


def test_no_module_makes_html_of_text() -> None:
    """Elements are made one by one; there is no other way in our own code."""
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(|new Function"
    )

    assert [path.name for path in (FOLDER / "js").rglob("*.js") if forbidden.search(path.read_text())] == []
