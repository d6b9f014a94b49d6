# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""`green-qwen bench --only quality`, against servers whose probabilities are known."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from green_qwen.bench.quality.text import READ
from integration.fake_llama import VOCABULARY, probability

ROOT = Path(__file__).parents[2]
SOURCES = os.pathsep.join(str(ROOT / part) for part in ("shared", "daemons", "cli", "sim"))
FAKE = Path(__file__).with_name("fake_llama.py")


def test_perplexity_and_agreement_are_those_of_the_servers() -> None:
    """As reckoned from their own probabilities: one token in 64 differs, a quarter of an answer before it."""
    said = bench_quality("--quality-command", f"{sys.executable} {FAKE} {{port}} {{kv_cache}}", "--json")

    told = json.loads(said.stdout)
    assert told["perplexity_reference"] == pytest.approx(perplexity_by(blur=0.0))
    assert told["perplexity_chosen"] == pytest.approx(perplexity_by(blur=0.1))
    assert told["same_tokens"] == pytest.approx(63 / 64)
    assert told["until_first"] == pytest.approx(16 / 64)
    assert told["same_next"] == 1.0
    assert (told["reference"], told["chosen"]) == ("f16", "q4_0")


def test_a_server_that_does_not_start_is_told_with_what_it_said() -> None:
    """And with no traceback."""
    said = bench_quality("--quality-command", "no-such-server {port} {kv_cache}")

    assert said.returncode == os.EX_UNAVAILABLE
    assert "no-such-server" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_template_without_a_port_is_refused() -> None:
    """It could listen nowhere."""
    said = bench_quality("--quality-command", "llama-server --port 8080")

    assert said.returncode == os.EX_USAGE
    assert "{port}" in said.stderr


def bench_quality(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "green_qwen", "bench", "--only", "quality", "--kv-cache", "q4_0", *arguments],
        env={**os.environ, "PYTHONPATH": SOURCES},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def perplexity_by(*, blur: float) -> float:
    tokens = [0, *(ord(letter) % VOCABULARY for letter in READ)]
    logs = [math.log(probability(token, before, blur=blur)) for before, token in pairwise(tokens)]
    return math.exp(-sum(logs) / len(logs))
