# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the journal is told beside the accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from green_common.config import TelemetryConfig
from green_common.feed.messages import Finished, FirstToken, Forwarded
from green_common.logs import get_log
from green_telemetry.audit import Audit
from green_telemetry.books import Books
from green_telemetry.meter import Meter
from green_telemetry.sampler import Sampler
from green_telemetry.timeline import Timeline
from green_telemetry.watch import Watch


@pytest.fixture
def said() -> Iterator[list[Any]]:
    with capture_logs() as entries:
        yield entries


class Post:
    """A watch over one GPU, on the GPU's own clock."""

    def __init__(self, gpu: Any) -> None:
        self.gpu = gpu
        self.meter = Meter(Sampler(gpu, clock=lambda: gpu.now_s), Books(700.0, integrate=False))
        self.timeline = Timeline()
        audit = Audit(get_log(), simulated=True, clock=lambda: gpu.now_s)
        self.watch = Watch(audit, TelemetryConfig())

    def pass_time(self, seconds: float, *, power_w: float = 100.0, percent: int = 0) -> None:
        self.gpu.power_w, self.gpu.gpu_percent = power_w, percent
        for _ in range(int(2 * seconds)):
            self.gpu.pass_time(0.5)
            sample = self.meter.sampler.sample(with_counter=True)
            quiet = not percent and not self.timeline.in_flight
            self.meter.books.book(sample, quiet=quiet, regular=True)
            self.watch.look([self.meter], self.timeline, self.gpu.now_s, feed_connected=True)

    def stands(self) -> set[str]:
        return {topic for (topic, _), stands in self.watch.alerts.items() if stands}


@pytest.fixture
def post(gpu: Any, said: list[Any]) -> Post:
    """After a minute of rest."""
    post = Post(gpu)
    post.pass_time(60.0)
    return post


def alerts(said: list[Any]) -> list[str]:
    return [entry["event"] for entry in said if entry["event"].startswith("alert.")]


def test_a_quiet_gpu_is_worth_no_word(post: Post, said: list[Any]) -> None:
    """No alert, no change."""
    assert said == []
    assert post.stands() == set()


def test_work_that_nobody_announced_is_a_bypass_and_ends(post: Post, said: list[Any]) -> None:
    """One entry when it begins, one when it is over."""
    post.pass_time(20.0, power_w=500.0, percent=95)
    standing = post.stands()
    post.pass_time(40.0)

    assert standing == {"bypass"}
    assert alerts(said) == ["alert.bypass", "alert.over"]
    assert "18789" in said[0]["say"] and said[0]["say"].endswith(", simulated")


def test_announced_work_above_the_limit_is_about_power(post: Post, said: list[Any]) -> None:
    """With the advice for a lone generation; over once the mean has fallen."""
    post.timeline.apply(Forwarded("a", ("request-a",), "qwen3:32b"), post.gpu.now_s)
    post.timeline.apply(FirstToken("a"), post.gpu.now_s)
    post.pass_time(60.0, power_w=500.0, percent=95)
    standing = post.stands()
    post.timeline.apply(Finished("a", ("request-a",), "qwen3:32b", 200), post.gpu.now_s)
    post.pass_time(60.0)

    assert standing == {"power"}
    assert alerts(said) == ["alert.power", "alert.over"]
    assert [entry["phase"] for entry in said if entry["event"] == "phase"] == ["decode", "idle"]


def test_another_limit_after_a_reload_ends_the_alert(post: Post, said: list[Any]) -> None:
    """By the GPU's own name."""
    post.timeline.apply(Forwarded("a", ("request-a",), "qwen3:32b"), post.gpu.now_s)
    post.pass_time(60.0, power_w=500.0, percent=95)
    post.watch.configure(TelemetryConfig(power_alert_models=("Fake=650",)))
    post.pass_time(1.0, power_w=500.0, percent=95)

    assert alerts(said) == ["alert.power", "alert.over"]


def test_a_clock_that_stays_changed_is_told(post: Post, said: list[Any]) -> None:
    """Once."""
    post.gpu.sm_clock_mhz = 345
    post.pass_time(20.0)

    (clock,) = [entry for entry in said if entry["event"] == "clock"]
    assert (clock["before_mhz"], clock["sm_clock_mhz"]) == (1980, 345)


def test_a_lost_gpu_has_no_minute(post: Post, said: list[Any]) -> None:
    """What comes after it is found again is judged by itself."""
    post.meter.lose()
    post.watch.look([post.meter], post.timeline, post.gpu.now_s, feed_connected=True)

    assert said == []


def test_the_power_of_the_last_minute_is_there_to_be_seen(post: Post) -> None:
    """Its mean, its deviation and the limit; nothing of a GPU that went away."""
    power = post.watch.power[post.gpu.uuid]
    post.meter.lose()
    post.pass_time(1.0)

    assert power.alert_w == 240.0
    assert power.mean_w == pytest.approx(100.0)
    assert power.deviation_w == pytest.approx(0.0)
    assert post.watch.power[post.gpu.uuid].mean_w is None
