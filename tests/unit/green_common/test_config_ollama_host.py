# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""OLLAMA_HOST in all the forms that Ollama takes."""

from __future__ import annotations

import pytest

from green_common.config.ollama_host import upstream_of


@pytest.mark.parametrize(
    ("ollama_host", "expected"),
    [
        ("example", "http://example:11434"),
        ("example:80", "http://example:80"),
        ("http://example", "http://example:80"),
        ("https://example", "https://example:443"),
        ("https://example:8443/", "https://example:8443"),
        ("http://example:5/ollama/", "http://example:5/ollama"),
        ("127.0.0.1", "http://127.0.0.1:11434"),
        (":8080", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:99", "http://127.0.0.1:99"),
        ("10.0.0.0:99", "http://10.0.0.0:99"),
        ("::1", "http://[::1]:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:99", "http://[::1]:99"),
        ("http://[fd00::7]:99", "http://[fd00::7]:99"),
        ("::", "http://[::1]:11434"),
        ("[::]:99", "http://[::1]:99"),
    ],
)
def test_a_host_becomes_the_address_that_a_client_uses(ollama_host: str, expected: str) -> None:
    """Scheme, host, port and path may each be left out."""
    assert upstream_of(ollama_host) == expected
