# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""From samples to the figures of each variant: differences within a round, then medians over rounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.proxy.clients import Spread
from bench.proxy.counting import Counts
from bench.proxy.plan import CLOSED, CLOSED_LONG, HELD, STREAMED
from bench.proxy.trial import Rest, Sample
from bench.proxy.usage import Memory
from bench.proxy.variants import DIRECT, NGINX

# Being disturbed matters to these.
MEASURED = (CLOSED, CLOSED_LONG, STREAMED)


@dataclass(frozen=True, slots=True)
class Figures:
    """One variant's row; None is what was not measured or has no meaning."""

    variant: str
    requests_per_s: float | None
    long_requests_per_s: float | None
    cpu_us_per_request: float | None
    long_cpu_us_per_request: float | None
    proxy_busy: float | None
    rig_busy: float | None
    first_token_p50_ms: float | None
    first_token_p99_ms: float | None
    transit_p50_ms: float | None
    transit_p99_ms: float | None
    cpu_s_per_million: float | None
    of_nginx: float | None
    rig_busy_streaming: float | None
    at_start: Memory | None
    held: Memory | None
    after: Memory | None
    idle_share: float | None
    wake_ups_per_s: float | None
    counted: Counts | None
    repeated: int
    disturbed: int


class Measured:
    """All samples of a run, as questions to them."""

    def __init__(self, samples: Sequence[Sample], rests: Sequence[Rest], disturbed_above: float) -> None:
        self._samples = samples
        self._rests = {rest.variant: rest for rest in rests}
        self._disturbed_above = disturbed_above

    def variants(self) -> list[str]:
        return list(dict.fromkeys(sample.variant for sample in self._samples))

    def figures(self, variant: str) -> Figures:
        rest = self._rests.get(variant)
        return Figures(
            variant=variant,
            requests_per_s=self._median(variant, CLOSED, lambda one: one.seen.requests_per_s),
            long_requests_per_s=self._median(variant, CLOSED_LONG, lambda one: one.seen.requests_per_s),
            cpu_us_per_request=self._median(variant, CLOSED, cpu_us_per_request),
            long_cpu_us_per_request=self._median(variant, CLOSED_LONG, cpu_us_per_request),
            proxy_busy=self._median(variant, CLOSED, proxy_busy),
            rig_busy=self._median(variant, CLOSED, lambda one: one.rig_cpu_s / one.wall_s),
            first_token_p50_ms=self._added(variant, lambda one: one.seen.first_token, "p50_ms"),
            first_token_p99_ms=self._added(variant, lambda one: one.seen.first_token, "p99_ms"),
            transit_p50_ms=self._added(variant, lambda one: one.seen.transit, "p50_ms"),
            transit_p99_ms=self._added(variant, lambda one: one.seen.transit, "p99_ms"),
            cpu_s_per_million=self._median(variant, STREAMED, cpu_s_per_million),
            of_nginx=self._of_nginx(variant),
            rig_busy_streaming=self._median(variant, STREAMED, lambda one: one.rig_cpu_s / one.wall_s),
            at_start=rest.at_start if rest else None,
            held=self._held(variant),
            after=rest.after if rest else None,
            idle_share=rest.cpu_share if rest else None,
            wake_ups_per_s=rest.wake_ups_per_s if rest else None,
            counted=rest.counted if rest else None,
            repeated=sum(sample.tries - 1 for sample in self._of(variant)),
            disturbed=sum(self._is_disturbed(sample) for sample in self._of(variant)),
        )

    def _of(self, variant: str, task: str | None = None) -> list[Sample]:
        return [one for one in self._samples if one.variant == variant and task in (None, one.task)]

    def _median(self, variant: str, task: str, value: Callable[[Sample], float | None]) -> float | None:
        return middle(value(sample) for sample in self._of(variant, task))

    def _added(self, variant: str, spread: Callable[[Sample], Spread | None], point: str) -> float | None:
        """What is more than direct in the same round."""
        direct = {sample.round: spread(sample) for sample in self._of(DIRECT, STREAMED)}
        pairs = ((spread(sample), direct.get(sample.round)) for sample in self._of(variant, STREAMED))
        if variant == DIRECT:
            return middle(getattr(through, point) for through, _ in pairs if through)
        return middle(
            getattr(through, point) - getattr(bare, point) for through, bare in pairs if through and bare
        )

    def _of_nginx(self, variant: str) -> float | None:
        nginx = {sample.round: cpu_s_per_million(sample) for sample in self._of(NGINX, STREAMED)}
        mine = ((cpu_s_per_million(one), nginx.get(one.round)) for one in self._of(variant, STREAMED))
        return middle(cost / unit for cost, unit in mine if cost and unit)

    def _held(self, variant: str) -> Memory | None:
        weighed = [sample.memory for sample in self._of(variant, HELD) if sample.memory]
        return max(weighed, key=lambda memory: memory.rss_mib) if weighed else None

    def _is_disturbed(self, sample: Sample) -> bool:
        return sample.task in MEASURED and sample.disturbed > self._disturbed_above


def cpu_s_per_million(sample: Sample) -> float | None:
    return per(sample.proxy_cpu_s * 1e6, sample.seen.tokens)


def cpu_us_per_request(sample: Sample) -> float | None:
    return per(sample.proxy_cpu_s * 1e6, sample.seen.answered)


def proxy_busy(sample: Sample) -> float | None:
    return per(sample.proxy_cpu_s, sample.wall_s)


def per(cost: float, count: float) -> float | None:
    """None where there is no proxy, or nothing came through."""
    return cost / count if cost and count else None


def middle(values: Iterable[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return median(found) if found else None
