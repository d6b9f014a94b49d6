# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the proxy remembers of loaded models."""

from __future__ import annotations

from green_proxy.models.residency import MAX_SEEN, Residency


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


def test_the_models_seen_last_are_remembered() -> None:
    """llama-server answers to any name, so that clients could have us remember them all."""
    residency = Residency()
    for number in range(MAX_SEEN):
        residency.seen(f"m{number}", 1.0)

    residency.seen("m0", 2.0)
    residency.seen("one-more", 2.0)

    assert not residency.known("m1", 3.0)
    assert all(residency.known(model, 3.0) for model in ("m0", "m2", "one-more"))


def test_what_is_too_long_for_a_name_is_not_remembered() -> None:
    """It could be as long as a body."""
    residency = Residency()

    residency.seen("x" * 100_000, 1.0)

    assert not residency.known("x" * 100_000, 2.0)
