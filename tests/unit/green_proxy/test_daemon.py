# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is refused before anything is bound."""

from __future__ import annotations

import pytest

from green_common.config import ProxyConfig
from green_common.errors import ConfigError
from green_proxy.daemon import refuse_a_loop


@pytest.mark.parametrize(
    "upstream", ["http://127.0.0.1:18789", "http://localhost:18789/", "http://[::1]:18789"]
)
def test_a_proxy_before_itself_is_refused(upstream: str) -> None:
    """OLLAMA_HOST set for clients easily makes the proxy its own model server."""
    with pytest.raises(ConfigError, match="own address"):
        refuse_a_loop(ProxyConfig(upstream=upstream))


@pytest.mark.parametrize("upstream", ["http://127.0.0.1:11434", "http://gpu.example:18789"])
def test_a_proxy_before_another_server_is_not(upstream: str) -> None:
    """The same port on another machine is fine."""
    refuse_a_loop(ProxyConfig(upstream=upstream))
