# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Values of the command line."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any


def number(least: float, most: float, *, whole: bool = False) -> Callable[[str], float]:
    """A parser for argparse that says what is allowed."""

    def parse(text: str) -> float:
        try:
            value: float = int(text) if whole else float(text)
        except ValueError:
            value = float("nan")
        # Not a number is neither above nor below, and so refused here too.
        if least <= value <= most:
            return value
        what = "a whole number" if whole else "a number"
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; {what} from {least:g} to {most:g}")

    return parse


def table(text: str) -> dict[str, Any]:
    """A JSON object."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f'{text!r} is no JSON object such as {{"ignore_eos": true}}')
    return value


def span(text: str) -> tuple[int, int]:
    """Two numbers of tokens: `64-192`."""
    least, dash, most = text.partition("-")
    if dash and least.isdigit() and most.isdigit() and 1 <= int(least) <= int(most) <= 1_000_000:
        return int(least), int(most)
    raise argparse.ArgumentTypeError(f"{text!r} is not allowed; two numbers of tokens, as 64-192")
