// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { element } from "../element.js";
import { clockTime, known, unit, watts } from "../format.js";

const FORMAT = 1;

/** What the clocks do and why: green-idle's own words, and the clocks as they were read. */
export function clockParts(proxy, snapshot) {
  const lines = idleLines(proxy?.idle, proxy);
  for (const gpu of snapshot?.gpus ?? []) {
    lines.push(`GPU ${gpu.gpu}: SM ${unit(gpu.sm_clock_mhz, "MHz")}, memory ${unit(gpu.memory_clock_mhz, "MHz")}, ${unit(gpu.temperature_c, "°C")}`);
  }
  return lines.map((line) => element("p", {}, line));
}

function idleLines(idle, proxy) {
  if (idle?.format === FORMAT) return idle.gpus.map((gpu) => restLine(gpu, idle.gpus.length));
  if (proxy?.clocks_held) return ["Resting: the clocks are held low."];
  return ["Awake. green-idle is not running, so nobody lowers clocks."];
}

function restLine({ index, state, say, since_unix_s, saving_w, noise_w, progress }, gpus) {
  const which = gpus > 1 ? `GPU ${index}: ` : "";
  const saves = known(saving_w) ? `, saves ${watts(saving_w)} ± ${watts(noise_w)}` : "";
  const done = known(progress) ? `, ${Math.round(100 * progress)} % done` : "";
  return `${which}${state} since ${clockTime(since_unix_s)}: ${say}${saves}${done}`;
}
