// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { figure } from "../chat/figures.js";
import { element } from "../element.js";
import { energy } from "../format.js";
import { ACCOUNTS, Sums } from "../sums.js";
import { table } from "../energy/tables.js";

const hour = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "short", month: "short", day: "numeric" });

/** Entries summed up by the hour or by the day of this browser's time zone. */
export class Periods {
  #sums = new Map();

  constructor(daily) {
    this.daily = daily;
  }

  add(entry) {
    // A window belongs to where it lies, and is written at its end.
    const start_s = this.#startOf(entry.at_s - (entry.event === "window" ? entry.duration_s / 2 : 0));
    if (!this.#sums.has(start_s)) this.#sums.set(start_s, new Sums());
    this.#sums.get(start_s).add(entry);
  }

  #startOf(at_s) {
    const at = new Date(at_s * 1000);
    return (this.daily ? at.setHours(0, 0, 0, 0) : at.setMinutes(0, 0, 0)) / 1000;
  }

  show() {
    const sums = [...this.#sums].sort(([one], [other]) => other - one);
    const most_j = Math.max(1, ...sums.map(([, { energy_j }]) => energy_j));
    const format = this.daily ? day : hour;
    return table([this.daily ? "Day" : "Hour", "Energy by account", "Energy", "Requests", "Tokens/J", "Waste"], sums.map(([start_s, sum]) => [
      format.format(start_s * 1000), bar(sum, most_j), energy(sum.energy_j), figure(sum.requests), figure(sum.tokens_per_j), energy(sum.wasted_j),
    ]));
  }
}

/** The accounts as parts of a line; in words for who does not see them. */
function bar({ accounts }, most_j) {
  const shown = ACCOUNTS.filter((name) => accounts[name] > 0);
  const words = shown.map((name) => `${name} ${energy(accounts[name])}`).join(", ");
  return element("div", { class: "stack", role: "img", "aria-label": words, title: words }, shown.map((name) => {
    const part = element("span", { class: `swatch ${name}` });
    part.style.width = `${(100 * accounts[name]) / most_j}%`;
    return part;
  }));
}
