// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { figure } from "../chat/figures.js";
import { element } from "../element.js";
import { energy, percent } from "../format.js";
import { readHistory } from "../journal.js";
import { ACCOUNTS, Sums, tokensPerJoule } from "../sums.js";

const REFRESH_MS = 300_000;
const NOW_S = 900;
const NOON_H = 12;

/** The account of today so far: what the journal has of it, and what the counter says since. */
export class Today {
  #sums = new Sums();
  #morning = new Sums();
  #recent = [];
  #day_s = midnight();
  #read_until_s = this.#day_s;
  // By GPU, the counter where its last window ended.
  #counters = new Map();
  #reading = new AbortController();
  #timer = null;
  trouble = "";

  /** `found(receipt)` is called with each one of the last quarter of an hour. */
  constructor(changed, found) {
    this.changed = changed;
    this.found = found;
  }

  async start() {
    await this.#read();
    if (!this.#reading.signal.aborted) this.#timer = setTimeout(() => this.start(), REFRESH_MS);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#reading.abort();
  }

  addReceipt(receipt) {
    this.#recent.push(receipt);
    this.found(receipt);
  }

  async #read() {
    if (midnight() !== this.#day_s) this.#beginDay();
    try {
      const since_s = this.#read_until_s;
      for await (const entry of readHistory({ since_s, kind: "window|receipt" }, this.#reading.signal)) {
        if (entry.at_s <= this.#read_until_s) continue;
        this.#take(entry);
      }
      this.trouble = "";
    } catch (error) {
      this.trouble = error.message;
    }
    if (!this.#reading.signal.aborted) this.changed();
  }

  #beginDay() {
    this.#day_s = this.#read_until_s = midnight();
    this.#sums = new Sums();
    this.#morning = new Sums();
  }

  #take(entry) {
    this.#read_until_s = entry.at_s;
    this.#sums.add(entry);
    if (entry.event === "window") this.#counters.set(entry.gpu_uuid, entry.counter_last_j);
    else if (new Date(entry.at_s * 1000).getHours() < NOON_H) this.#morning.add(entry);
    if (entry.event === "receipt" && entry.at_s > Date.now() / 1000 - NOW_S) this.addReceipt(entry);
  }

  /** Joules since the last window: the counter knows them already, the accounts not yet. */
  #since(snapshot) {
    const rises = (snapshot?.gpus ?? []).map(({ gpu_uuid, counter_j }) => counter_j - this.#counters.get(gpu_uuid));
    return rises.reduce((total, rise_j) => total + (rise_j > 0 ? rise_j : 0), 0);
  }

  yields() {
    const from_s = Date.now() / 1000 - NOW_S;
    this.#recent = this.#recent.filter(({ ended_at }) => ended_at >= from_s);
    const now = tokensPerJoule(new Map(this.#recent.map((one) => [one.request, one])).values());
    const morning = this.#morning.tokens_per_j;
    return { now, morning, change: now && morning ? now / morning - 1 : null };
  }

  show(snapshot) {
    if (this.trouble) return element("p", { class: "trouble" }, `No account of today: ${this.trouble}`);
    const since_j = this.#since(snapshot);
    const whole_j = this.#sums.energy_j + since_j;
    const rows = [...ACCOUNTS.map((name) => [name, this.#sums.accounts[name]]), ["not yet accounted", since_j]]
      .filter(([, joules]) => Math.abs(joules) >= 0.5);
    return element("div", {},
      element("p", { class: "big" }, energy(whole_j)),
      element("dl", { class: "accounts" }, rows.flatMap(([name, joules]) => [
        element("dt", {}, element("span", { class: `swatch ${name.split(" ")[0]}` }), name),
        element("dd", {}, `${energy(joules, whole_j)}, ${percent(joules, whole_j)}`)])),
      this.#waste());
  }

  #waste() {
    const { wasted, wasted_j, energy_j } = this.#sums;
    if (!wasted.size) return element("p", { class: "quiet" }, "Nothing was thrown away today.");
    const reasons = [...wasted].map(([reason, joules]) => `${reason}: ${energy(joules)}`).join("; ");
    return element("p", {}, `Waste: ${energy(wasted_j)} (${percent(wasted_j, energy_j)}) for answers that nobody got. ${reasons}.`);
  }
}

export function yieldParts({ now, morning, change }) {
  const sign = change === null ? "" : ` (now ${change >= 0 ? "+" : "−"}${Math.abs(100 * change).toFixed(0)} %)`;
  return [
    element("p", { class: "big" }, now ? figure(now) : "–"),
    element("p", {}, now ? "in the last 15 minutes" : "No answer in the last 15 minutes."),
    element("p", {}, morning ? `${figure(morning)} this morning${sign}` : "Nothing this morning to compare with."),
  ];
}

function midnight() {
  return new Date().setHours(0, 0, 0, 0) / 1000;
}
