# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Counts of the proxy in Prometheus's text format, made when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "green_proxy_"
COUNTER = "_total"

Counts = Mapping[str, float]


class Counted(Collector):
    """All counts of all steps; a name that ends in _total is a counter, any other a gauge."""

    def __init__(self, meanings: Mapping[str, str], read: Callable[[], Counts]) -> None:
        self._meanings = meanings
        self._read = read

    def collect(self) -> Iterable[Metric]:
        counts = self._read()
        for name, meaning in self._meanings.items():
            family = CounterMetricFamily if name.endswith(COUNTER) else GaugeMetricFamily
            metric = family(PREFIX + name, meaning)
            metric.add_metric([], counts[name])
            yield metric


def metrics_text(meanings: Mapping[str, str], read: Callable[[], Counts]) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Counted(meanings, read))
    return generate_latest(registry)
