// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { element } from "../element.js";
import { unit } from "../format.js";

/** What the clocks do and why, as far as green-idle tells. */
export function clockWords(proxy, snapshot) {
  const lines = [stateLine(proxy?.idle, proxy)];
  const why = proxy?.idle?.reason ?? proxy?.idle?.why;
  if (why) lines.push(why);
  for (const gpu of snapshot?.gpus ?? []) {
    lines.push(`GPU ${gpu.gpu}: SM ${unit(gpu.sm_clock_mhz, "MHz")}, memory ${unit(gpu.memory_clock_mhz, "MHz")}, ${unit(gpu.temperature_c, "°C")}`);
  }
  return element("div", {}, lines.map((line) => element("p", {}, line)));
}

function stateLine(idle, proxy) {
  if (typeof idle?.state === "string") return `green-idle: ${idle.state}`;
  if (proxy?.clocks_held) return "Resting: clocks are held low";
  return "Awake; green-idle tells nothing, so nobody lowers clocks";
}
