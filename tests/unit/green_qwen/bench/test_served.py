# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What tells one model from another."""

from __future__ import annotations

from green_qwen.bench.served import digest_of

META = {
    "n_vocab": 151936,
    "n_ctx": 40960,
    "n_ctx_train": 40960,
    "n_params": 32_000_000_000,
    "size": 18_400_000_000,
}


def test_another_context_is_the_same_model() -> None:
    """How the server was started does not make another model of it."""
    assert digest_of({**META, "n_ctx": 8192}) == digest_of(META)


def test_another_size_is_another_model() -> None:
    """Weights of another precision under the same name."""
    assert digest_of({**META, "size": 34_000_000_000}) != digest_of(META)


def test_who_tells_nothing_has_no_digest() -> None:
    """vLLM tells no properties."""
    assert digest_of(None) == digest_of({}) == ""
