# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Modules and memory that a daemon does without."""

from __future__ import annotations

import importlib
import sys

import pytest

from green_common.lean import give_back_memory, left_out


def test_a_module_that_is_left_out_can_be_imported_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside it is missing."""
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)

    with left_out("colorsys"), pytest.raises(ImportError):
        importlib.import_module("colorsys")

    assert importlib.import_module("colorsys")


def test_a_module_that_is_loaded_stays() -> None:
    """Somebody uses it."""
    with left_out("sys"):
        assert importlib.import_module("sys") is sys


def test_giving_back_memory_never_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the C library doesn't know how, too."""
    give_back_memory()
    monkeypatch.setattr("ctypes.CDLL", lambda _name: object())

    give_back_memory()
