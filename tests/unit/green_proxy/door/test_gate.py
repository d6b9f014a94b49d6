# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The checks of Host and Origin."""

from __future__ import annotations

import pytest

from green_proxy.door.gate import Gate

LOCAL = Gate({}, exposed=False)


@pytest.mark.parametrize(
    "host",
    [
        "localhost:18789",
        "127.0.0.1",
        "[::1]:18789",
        "192.168.1.4:18789",
        "0.0.0.0",
        "gpu.local",
        "a.internal",
        "",
    ],
)
def test_names_of_this_machine_pass(host: str) -> None:
    """As in Ollama: loopback and private addresses, and names that no stranger can own."""
    assert LOCAL.refusal(host, None) is None


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "8.8.8.8:80", "local", "][", "[]", "localhost@evil", "a:b:c"],
)
def test_names_of_others_do_not(host: str) -> None:
    """A page whose name was rebound to this machine still sends its own name."""
    assert "host name" in (LOCAL.refusal(host, None) or "")


def test_any_host_passes_where_the_network_is_served() -> None:
    """Whoever listens beyond loopback has chosen to be reached under any name."""
    assert Gate({}, exposed=True).refusal("gpu.example", None) is None


@pytest.mark.parametrize(
    "origin",
    ["http://localhost", "https://127.0.0.1:3000", "http://[::1]:80", "app://obsidian.md", "vscode-file://x"],
)
def test_local_pages_and_desktop_programs_pass(origin: str) -> None:
    """Ollama's own default origins."""
    assert LOCAL.refusal("localhost", origin) is None


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", ""])
def test_strange_pages_do_not(origin: str) -> None:
    """A web page somewhere may not use this API."""
    assert "OLLAMA_ORIGINS" in (LOCAL.refusal("localhost", origin) or "")


def test_a_page_of_our_own_host_passes() -> None:
    """A request to where the page came from crosses no origin."""
    assert Gate({}, exposed=True).refusal("gpu.example:18789", "http://gpu.example:18789") is None


def test_more_origins_can_be_allowed() -> None:
    """OLLAMA_ORIGINS adds to the defaults, wildcards included."""
    gate = Gate({"OLLAMA_ORIGINS": "https://*.example, chrome-extension://*"}, exposed=False)

    assert gate.refusal("localhost", "https://chat.example") is None
    assert gate.refusal("localhost", "chrome-extension://abc") is None
    assert gate.refusal("localhost", "https://chat.other") is not None
