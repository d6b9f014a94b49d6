# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""HTML and SVG elements as text, in which nothing that came from outside is markup."""

from __future__ import annotations

import html

# Not printable by Python's count, but what lines and groups of digits are made with.
_KEPT = "\n\u00a0\u202f"


def escaped(text: str) -> str:
    """Text between tags; what can't be shown becomes the sign that stands for that."""
    shown = "".join(sign if sign.isprintable() or sign in _KEPT else "\ufffd" for sign in text)
    return html.escape(shown)


def element(name: str, content: str = "", **attributes: str | float | None) -> str:
    """An element around markup; `class_` is class, `stroke_width` is stroke-width, and None leaves it out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>"


def told(text: str) -> str:
    """What is shown when somebody points at the element around it, and read aloud."""
    return element("title", escaped(text))


def _value(value: str | float) -> str:
    if isinstance(value, str):
        return escaped(value)
    return f"{value:.1f}".removesuffix(".0")
