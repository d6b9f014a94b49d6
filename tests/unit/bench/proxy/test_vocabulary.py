# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The made-up vocabulary."""

from __future__ import annotations

import json
from pathlib import Path

from bench.proxy.vocabulary import SPACE, TOKENS, byte_letters, merges, show, write_replies


def test_it_is_as_large_as_qwens() -> None:
    """And no token is there twice, or a merge would lead to another's number."""
    model = show()["model_info"]
    assert isinstance(model, dict)
    tokens = model["tokenizer.ggml.tokens"]

    assert len(set(tokens)) == len(tokens) == TOKENS + 3
    assert len(model["tokenizer.ggml.merges"]) == TOKENS - 256
    assert len(model["tokenizer.ggml.token_type"]) == len(tokens)


def test_every_byte_has_a_letter() -> None:
    """The space's is the one that merges begin with."""
    assert len(set(byte_letters())) == 256
    assert SPACE in byte_letters()


def test_merges_build_on_tokens_that_are_there() -> None:
    """Each extends an earlier one by a letter, so that any word of two syllables ends as one token."""
    pairs = merges(TOKENS - 256)
    known = set(byte_letters())
    for left, right in pairs:
        assert left in known
        assert right in known
        known.add(left + right)

    assert SPACE + "bako" in known
    assert SPACE + "zuzu" in known


def test_the_replies_are_files_by_path(tmp_path: Path) -> None:
    """As the upstream wants them."""
    paths = write_replies(tmp_path)

    assert json.loads(paths["/api/ps"].read_text())["models"][0]["context_length"] == 8192
    assert set(paths) == {"/api/show", "/api/tags", "/api/ps", "/api/version"}
