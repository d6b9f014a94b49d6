# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the proxy remembers of loaded models."""

from __future__ import annotations

from green_proxy.residency import Residency, full_name


def test_a_model_that_answered_is_known_for_a_minute() -> None:
    """After that Ollama is asked again: its own keep-alive may have ended."""
    residency = Residency()

    residency.seen("Qwen3", 100.0)

    assert residency.known("qwen3:latest", 159.0)
    assert not residency.known("qwen3:latest", 160.0)
    assert not residency.known("qwen3:32b", 101.0)


def test_a_forgotten_model_is_unknown() -> None:
    """Unloaded by a request, or pushed out by another model."""
    residency = Residency()
    residency.seen("a", 1.0)
    residency.seen("b", 1.0)

    residency.forget("a:latest")
    assert not residency.known("a", 2.0)
    residency.forget_all()

    assert not residency.known("b", 2.0)


def test_a_tag_is_not_a_port() -> None:
    """A registry's port does not make a tag."""
    assert full_name("host:5000/a/b") == "host:5000/a/b:latest"
    assert full_name("a/b:q4") == "a/b:q4"
