# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The command line comes before the environment, and a wrong value is named."""

from __future__ import annotations

import pytest

from green_common.errors import UsageError
from green_sim.ollama.answer import Span
from green_sim.options import Address, parse_address, parse_span, read_options


def test_defaults_are_those_of_the_real_server() -> None:
    """One slot, five minutes, the usual address."""
    options = read_options([], {})

    assert Address("127.0.0.1", 11434) == options.listen
    assert (options.parallel, options.keep_alive_s, options.perf_boost) == (1, 300.0, True)


def test_environment_is_read_as_the_real_server_reads_it() -> None:
    """The variables of ollama.service."""
    environ = {
        "OLLAMA_HOST": "http://0.0.0.0:8080",
        "OLLAMA_NUM_PARALLEL": "16",
        "OLLAMA_KEEP_ALIVE": "-1",
        "OLLAMA_CONTEXT_LENGTH": "8192",
        "CUDA_DISABLE_PERF_BOOST": "1",
    }

    options = read_options([], environ)

    assert Address("0.0.0.0", 8080) == options.listen
    assert (options.parallel, options.keep_alive_s, options.context_tokens) == (16, -1.0, 8192)
    assert not options.perf_boost


def test_command_line_wins() -> None:
    """An option is more explicit than a variable."""
    options = read_options(["--parallel", "4"], {"OLLAMA_NUM_PARALLEL": "16"})

    assert options.parallel == 4


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1", Address("127.0.0.1", 11434)),
        (":8000", Address("127.0.0.1", 8000)),
        ("http://box:1/", Address("box", 1)),
        ("[::1]:5", Address("::1", 5)),
        ("[::1]", Address("::1", 11434)),
    ],
)
def test_addresses_are_read(text: str, address: Address) -> None:
    """Host, port, both, with or without a scheme."""
    assert address == parse_address(text)


@pytest.mark.parametrize(
    ("text", "span"), [("100", Span(100, 100)), ("64-192", Span(64, 192)), ("0", Span(0, 0))]
)
def test_spans_are_read(text: str, span: Span) -> None:
    """A number or two."""
    assert span == parse_span(text)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--parallel", "many"], "--parallel"),
        (["--load-s", "-1"], "--load-s"),
        (["--listen", "box:http"], "--listen"),
        (["--answer-tokens", "9-1"], "--answer-tokens"),
        (["--keep-alive", "soon"], "--keep-alive"),
        (["--models", ","], "--models"),
        (["--fault", "flood"], "flood"),
    ],
)
def test_wrong_values_are_named(arguments: list[str], word: str) -> None:
    """The message starts with the option."""
    with pytest.raises(UsageError, match=word):
        read_options(arguments, {})
