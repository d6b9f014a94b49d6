# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The vocabularies in llama.cpp's source, each with texts and the tokens that llama.cpp makes of them."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from integration.gguf import read_metadata

ROOT = Path(__file__).parents[2]
VERSION = "0.3.36"
MEMBERS = f"llama_cpp_python-{VERSION}/vendor/llama.cpp/models"
BETWEEN = "\n__ggml_vocab_test__\n"
FETCH_WITHIN_S = 600


@dataclass(frozen=True, slots=True)
class Judged:
    """A model's card as `/api/show` gives it, and texts with their tokens."""

    card: dict[str, Any]
    cases: list[tuple[str, list[int]]]


@functools.lru_cache(maxsize=2)
def judged(name: str) -> Judged:
    """One vocabulary by the name of its file, as in `qwen2`."""
    folder = _folder()
    with (folder / f"ggml-vocab-{name}.gguf").open("rb") as file:
        info = read_metadata(file)
    texts = (folder / f"ggml-vocab-{name}.gguf.inp").read_bytes().decode().split(BETWEEN)
    lines = (folder / f"ggml-vocab-{name}.gguf.out").read_text().split("\n")
    tokens = [[int(number) for number in line.split()] for line in lines]
    assert len(texts) == len(tokens)
    return Judged({"template": "", "model_info": info}, list(zip(texts, tokens, strict=True)))


def _cache() -> Path:
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("GREEN_CACHE") or user / "green-qwen")


@functools.lru_cache(maxsize=1)
def _folder() -> Path:
    """Where they lie, unpacked once from the source distribution that tests/llm/source.lock names."""
    folder = _cache() / f"vocabularies-{VERSION}"
    if folder.is_dir():
        return folder
    source = _source()
    expected = re.findall(r"sha256:(\w+)", (ROOT / "tests/llm/source.lock").read_text())
    with source.open("rb") as file:
        digest = hashlib.sha256()
        while part := file.read(1 << 20):
            digest.update(part)
    assert [digest.hexdigest()] == expected
    unpacked = folder.with_name(f"{folder.name}.{os.getpid()}")
    unpacked.mkdir(parents=True)
    with tarfile.open(source) as archive:
        for member in archive:
            if member.name.startswith(f"{MEMBERS}/ggml-vocab-") and (file_in := archive.extractfile(member)):
                (unpacked / Path(member.name).name).write_bytes(file_in.read())
    unpacked.rename(folder)
    return folder


def _source() -> Path:
    """From the cache, else from the package index as scripts/test-llm fetches it."""
    source = _cache() / f"llama-{VERSION}/llama_cpp_python-{VERSION}.tar.gz"
    if not source.is_file():
        script = ". scripts/llama.sh && llama_cache=$1 llama_source=$2 && fetch_llama_source"
        command = ["sh", "-ec", script, "sh", str(source.parent), str(source)]
        fetched = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=FETCH_WITHIN_S)
        if fetched.returncode:
            pytest.skip(f"llama.cpp's source can't be fetched here: {fetched.stderr.strip()[-200:]}")
    return source
