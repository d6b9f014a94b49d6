# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The pictures of docs/web.md, made anew on demand; simulated, as they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.chat import Chat
from browser.conftest import Opens
from browser.ground import QWEN

WIDE = {"width": 1100, "height": 720}
MAX_BYTES = 150_000
MARKDOWN = """The joules of a GPU are its power by the time:

```python
def energy_j(power_w: float, duration_s: float) -> float:
    return power_w * duration_s
```

| phase | power, W |
|---|---:|
| **rest** | 72 |
| **decode** | 470 |
"""


def test_the_pictures(opens: Opens, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A chat by day, the energy by night, a phone; each small enough for the repository."""
    folder = Path(request.config.getoption("--pictures") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    day = Chat(opens(viewport=WIDE, color_scheme="light").page)
    day.choose(QWEN)
    day.ask("What does an idle GPU cost?")
    day.choose()
    day.ask(MARKDOWN)
    day.page.screenshot(path=folder / "web-chat.png")
    phone = Chat(opens(viewport={"width": 360, "height": 640}, color_scheme="light").page)
    phone.choose(QWEN)
    phone.ask("What does an idle GPU cost?")
    phone.page.screenshot(path=folder / "web-phone.png")
    night = opens("#energy", viewport=WIDE, color_scheme="dark").page
    expect(night.get_by_role("region", name="Power").locator(".big").first).to_contain_text("W")
    for question in ("One more", "And another"):
        day.choose(QWEN)
        day.ask(question)
    night.screenshot(path=folder / "web-energy.png")

    assert all(path.stat().st_size < MAX_BYTES for path in folder.glob("web-*.png"))
