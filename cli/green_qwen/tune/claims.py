# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the original recipe claims of each knob, beside what was measured here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from green_qwen.tune.knobs import KnobResult

TRUE, NOT_HERE, NOT_MEASURED = "true here", "not here", "not measured"
UNCLEAR = "too noisy to tell"


@dataclass(frozen=True, slots=True)
class Claim:
    """One line of the recipe, what was measured of it here, and the verdict."""

    what: str
    claimed: str
    measured: str
    verdict: str


def claims_against(knobs: Iterable[KnobResult]) -> tuple[Claim, ...]:
    """In the order of the recipe."""
    results = tuple(knobs)
    return (
        _share_claim("num_ctx 8192", 0.31, _inverse(_find(results, "context_tokens"))),
        _share_claim("num_thread 16", 0.12, _gain(_find(results, "threads", 16))),
        _share_claim("KV cache q4_0", 0.22, _gain(_find(results, "kv_cache", "q4_0"))),
        _idle_claim("mmap off: idle 65 to 28 W", "-37 W", -37.0, _find(results, "mmap", False)),
        Claim("shaping", "+18 %", "it is green-proxy's: green-qwen bench measures it", NOT_MEASURED),
        _clocks_claim(_find(results, "perf_boost")),
    )


Gain = tuple[float, float] | None


def _find(results: Iterable[KnobResult], knob: str, new: object = None) -> KnobResult | None:
    """The measured turn of a knob, to a value where one is asked for."""
    for one in results:
        if (
            one.knob == knob
            and (new is None or one.new == new)
            and (one.ratio or one.idle_change_w is not None)
        ):
            return one
    return None


def _gain(result: KnobResult | None) -> Gain:
    if result is None or result.ratio is None:
        return None
    return result.ratio.value - 1, result.ratio.error


def _inverse(result: KnobResult | None) -> Gain:
    """Of a turn away from what is claimed to save."""
    if result is None or result.ratio is None:
        return None
    ratio = result.ratio
    return 1 / ratio.value - 1, ratio.error / ratio.value**2


def _share_claim(what: str, claimed: float, gain: Gain) -> Claim:
    said = f"{claimed:+.0%}"
    if gain is None:
        return Claim(what, said, "", NOT_MEASURED)
    share, error = gain
    return Claim(what, said, f"{share:+.1%} ± {error:.1%}", _share_verdict(claimed, share, error))


def _share_verdict(claimed: float, share: float, error: float) -> str:
    """Noise that reaches up to the claim is no proof of it: below, it has to be clear of nothing at all."""
    if share + 2 * error < claimed:
        return NOT_HERE
    return TRUE if share - 2 * error > 0 else UNCLEAR


def _idle_claim(what: str, said: str, claimed_w: float, result: KnobResult | None) -> Claim:
    if result is None or result.idle_change_w is None:
        return Claim(what, said, "", NOT_MEASURED)
    held = result.idle_change_w <= 0.8 * claimed_w
    return Claim(what, said, f"{result.idle_change_w:+.1f} W", TRUE if held else NOT_HERE)


def _clocks_claim(boost: KnobResult | None) -> Claim:
    """Lowered clocks are green-idle's; the boost that keeps them high is measured beside it."""
    what, said = "idle clocks lowered", "-9 W"
    if boost is None or boost.idle_change_w is None:
        return Claim(what, said, "it is green-idle's", NOT_MEASURED)
    off_w = boost.idle_change_w if boost.new is False else -boost.idle_change_w
    return Claim(what, said, f"{off_w:+.1f} W with the perf boost off, without green-idle", NOT_MEASURED)
