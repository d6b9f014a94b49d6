# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Values of the command line: parsers for argparse that say what is allowed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any


def whole(least: int, most: int) -> Callable[[str], int]:
    """A parser of whole numbers."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if least <= value <= most:
            return value
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; a whole number from {least} to {most} is")

    return parse


def number(least: float, most: float) -> Callable[[str], float]:
    """A parser of numbers."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = least - 1
        # Not a number (nan) is neither above nor below, and so refused here too.
        if least <= value <= most:
            return value
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; a number from {least:g} to {most:g} is")

    return parse


def table(text: str) -> dict[str, Any]:
    """A JSON object."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f'{text!r} is not allowed; an object such as {{"think": false}} is')
    return value


def span(text: str) -> tuple[int, int]:
    """Two numbers of tokens: `64-192`."""
    least, dash, most = text.partition("-")
    if dash and least.isdigit() and most.isdigit() and 1 <= int(least) <= int(most) <= 1_000_000:
        return int(least), int(most)
    raise argparse.ArgumentTypeError(f"{text!r} is not allowed; two numbers of tokens, as 64-192")
