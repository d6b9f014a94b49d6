# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The command line."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from bench.proxy.plan import PROFILED, QUICK, Plan
from bench.proxy.variants import ROOT, VARIANTS, Place

FOLDER = ROOT / "build/bench-proxy"
LITELLM = "litellm"


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for."""

    variants: tuple[str, ...]
    plan: Plan
    place: Place
    quick: bool
    profile: bool
    with_litellm: bool | None


def read_options(words: list[str] | None = None) -> Options:
    parser = make_parser()
    given = parser.parse_args(words)
    plan = QUICK if given.quick else PROFILED if given.profile else Plan()
    changed = {"rounds": given.rounds, "tries": given.tries, "idle_s": given.idle_s, "held": given.held}
    folder: Path = given.out.absolute()
    return Options(
        variants=chosen(given),
        plan=replace(plan, **{name: value for name, value in changed.items() if value is not None}),
        place=Place(
            folder=folder,
            environment=FOLDER / "python",
            litellm=FOLDER / LITELLM,
            source=given.source.absolute(),
            python=given.python.absolute(),
        ),
        quick=given.quick,
        profile=given.profile,
        with_litellm=given.with_litellm,
    )


def chosen(given: argparse.Namespace) -> tuple[str, ...]:
    """Direct and nginx are what the others are held against."""
    if given.profile:
        return tuple(given.only or ["on"])
    names = set(given.only or VARIANTS) | {"direct", "nginx"}
    if given.with_litellm is False or (given.quick and not given.with_litellm):
        names -= {LITELLM}
    return tuple(name for name in VARIANTS if name in names)


def variant_names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := sorted(set(names) - set(VARIANTS)):
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: there are {', '.join(VARIANTS)}")
    return names


def whole(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 2000:
        raise argparse.ArgumentTypeError(f"{number}: allowed is 1 to 2000")
    return number


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench-proxy", description="green-proxy beside other proxies")
    add = parser.add_argument
    add("--rounds", type=whole, help="how often each variant is measured; 3")
    add("--only", type=variant_names, help=f"of {','.join(VARIANTS)}; direct and nginx always come with them")
    add("--quick", action="store_true", help="one short round without LiteLLM, about a minute")
    add(
        "--with-litellm",
        action=argparse.BooleanOptionalAction,
        help="LiteLLM too, 90 packages; where nothing is said, if it can be installed",
    )
    add(
        "--profile",
        action="store_true",
        help="where green-proxy's time goes, by py-spy; --only off for that one",
    )
    add("--tries", type=whole, help="how often a disturbed sample is measured at most; 4")
    add("--held", type=whole, help="streams that are open while memory is read; 500")
    add("--idle-s", type=float, help="how long a rest is watched; 22")
    add("--out", type=Path, default=FOLDER / "result", help="folder for report.md, result.json and the logs")
    add("--source", type=Path, default=ROOT, help="checkout whose green-proxy is measured; this one")
    add(
        "--python", type=Path, default=ROOT / ".venv/bin/python", help="Python that runs green-proxy; .venv's"
    )
    return parser
