# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Looks at each reading for what the journal should tell beside the accounts: changes and alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from green_common.config import TelemetryConfig
from green_telemetry.alerts.heat import Temperature, held_back_rules
from green_telemetry.alerts.power import MeanPower, UnevenPower, power_limit_w
from green_telemetry.alerts.recent import Recent
from green_telemetry.alerts.reloads import Reloads
from green_telemetry.alerts.scene import Rule, Scene
from green_telemetry.alerts.use import Bypass, Unused
from green_telemetry.audit import Audit
from green_telemetry.audit.changes import ClockWatch, PhaseWatch, phase_of
from green_telemetry.meter import Meter
from green_telemetry.timeline import Timeline


@dataclass(frozen=True, slots=True)
class MinutePower:
    """Power of the last minute, where it is known, and the mean that is worth an alert; 0 for none."""

    alert_w: float
    mean_w: float | None = None
    deviation_w: float | None = None


@dataclass(slots=True)
class GpuWatch:
    """What is remembered of one GPU."""

    minute: Recent = field(default_factory=Recent)
    mean_and_deviation_w: tuple[float, float] | None = None
    clock: ClockWatch = field(default_factory=ClockWatch)
    power: MeanPower = field(default_factory=MeanPower)
    uneven: UnevenPower = field(default_factory=UnevenPower)
    temperature: Temperature = field(default_factory=Temperature)
    others: list[Rule] = field(default_factory=lambda: [*held_back_rules(), Bypass(), Unused()])

    @property
    def rules(self) -> tuple[Rule, ...]:
        return (self.power, self.uneven, self.temperature, *self.others)

    @property
    def minute_power(self) -> MinutePower:
        return MinutePower(self.power.limit_w, *(self.mean_and_deviation_w or ()))

    def configure(self, config: TelemetryConfig, gpu_name: str) -> None:
        self.power.limit_w = power_limit_w(config.power_alert_w, config.power_alert_models, gpu_name)
        self.uneven.limit_w = config.power_deviation_alert_w
        self.temperature.limit_c = config.temperature_alert_c


class Watch:
    """Sees the regular samples, with the clock passed in."""

    def __init__(self, audit: Audit, config: TelemetryConfig) -> None:
        self._audit = audit
        self._config = config
        self._gpus: dict[str, GpuWatch] = {}
        self._phase = PhaseWatch()
        self._reloads = Reloads()
        self._began_s: float | None = None

    @property
    def alerts(self) -> dict[tuple[str, str], bool]:
        """Whether each alert stands, by its topic and the GPU's UUID; '' where it is about no single GPU."""
        stands = {("reloads", ""): self._reloads.alarm.stands}
        for uuid, gpu in self._gpus.items():
            stands.update({(rule.topic, uuid): rule.alarm.stands for rule in gpu.rules})
        return stands

    @property
    def power(self) -> dict[str, MinutePower]:
        """By the GPU's UUID."""
        return {uuid: gpu.minute_power for uuid, gpu in self._gpus.items()}

    def configure(self, config: TelemetryConfig) -> None:
        """Other limits, from the next sample on."""
        self._config = config

    def look(
        self, meters: Sequence[Meter], timeline: Timeline, now_s: float, *, feed_connected: bool
    ) -> None:
        """Take the newest sample of each GPU in."""
        if self._began_s is None:
            self._began_s = now_s
        self._look_at_phase(timeline, now_s)
        self._look_at_loads(timeline, now_s)
        last_s = timeline.last_ended_s if timeline.last_ended_s is not None else self._began_s
        idle_s = 0.0 if timeline.in_flight else max(0.0, now_s - last_s)
        for meter in meters:
            gpu = self._gpus.setdefault(meter.gpu.uuid, GpuWatch())
            sample = meter.books.last
            if meter.lost_s is not None or sample is None:
                gpu.minute.forget()
                gpu.mean_and_deviation_w = None
                continue
            gpu.configure(self._config, meter.gpu.name)
            gpu.minute.add(sample.power_w, sample.time_s)
            gpu.mean_and_deviation_w = gpu.minute.mean_and_deviation()
            scene = Scene(
                now_s,
                sample,
                meter.books.baseline.power_w(sample.sm_clock_mhz) if meter.books.baseline.learned else None,
                timeline.in_flight,
                idle_s,
                feed_connected,
                gpu.mean_and_deviation_w,
            )
            self._judge(meter, gpu, scene)

    def _judge(self, meter: Meter, gpu: GpuWatch, scene: Scene) -> None:
        change = gpu.clock.observe(scene.sample.sm_clock_mhz, scene.at_s)
        if change is not None and self._audit.clock(meter, change, scene.sample.reasons):
            gpu.clock.tell(change)
        for rule in gpu.rules:
            turn = rule.alarm.observe(rule.judge(scene), scene.at_s)
            if turn == "begun":
                say, figures = rule.words(scene)
                self._audit.alert_begun(rule.event, rule.topic, say, figures, meter)
            elif turn == "over":
                self._audit.alert_over(rule.topic, scene.at_s - rule.alarm.since_s, meter)

    def _look_at_phase(self, timeline: Timeline, now_s: float) -> None:
        change = self._phase.observe(phase_of(timeline.generations), now_s)
        if change is not None and self._audit.phase(change, now_s):
            self._phase.tell(now_s)

    def _look_at_loads(self, timeline: Timeline, now_s: float) -> None:
        alarm = self._reloads.alarm
        turn = alarm.observe(self._reloads.observe(timeline.generations, now_s), now_s)
        if turn == "begun":
            self._audit.alert_begun(self._reloads.event, self._reloads.topic, *self._reloads.words())
        elif turn == "over":
            self._audit.alert_over(self._reloads.topic, now_s - alarm.since_s)
