// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { button, element } from "../element.js";
import { dateTime } from "../format.js";
import { receiptsTable } from "../energy/tables.js";

const AT_ONCE = 50;
const ORDERS = {
  newest: (one, other) => other.ended_at - one.ended_at,
  "most energy": (one, other) => (other.energy_j ?? 0) - (one.energy_j ?? 0),
  longest: (one, other) => other.duration_s - one.duration_s,
};
const CHOICES = { client: "Client", model: "Model", outcome: "Outcome" };
const MOST = 20_000;

/** Receipts with filters; what can be chosen is what there is. */
export class Receipts {
  #all = [];
  #shown = AT_ONCE;
  #selects = new Map();
  #order;
  #table = element("div", {});

  constructor() {
    const change = { change: () => { this.#shown = AT_ONCE; this.show(); } };
    this.#order = element("select", { on: change }, Object.keys(ORDERS).map((name) => element("option", {}, name)));
    for (const name of Object.keys(CHOICES)) this.#selects.set(name, element("select", { on: change }, element("option", { value: "" }, "all")));
    const labels = [...this.#selects].map(([name, select]) => element("label", {}, CHOICES[name], select));
    this.element = element("div", {}, element("div", { class: "filters" }, labels, element("label", {}, "Order", this.#order)), this.#table);
  }

  add(receipt) {
    if (this.#all.length >= MOST) return;
    this.#all.push(receipt);
    for (const [name, select] of this.#selects) {
      const value = receipt[name];
      if (value && ![...select.options].some((option) => option.value === value)) select.append(element("option", { value }, value));
    }
  }

  show() {
    const wanted = [...this.#selects].filter(([, select]) => select.value);
    const found = this.#all.filter((receipt) => wanted.every(([name, select]) => receipt[name] === select.value));
    found.sort(ORDERS[this.#order.value]);
    const more = found.length > this.#shown && button(`Show more of ${found.length}`, () => { this.#shown *= 4; this.show(); });
    this.#table.replaceChildren(
      found.length ? receiptsTable(found.slice(0, this.#shown), { when: dateTime }) : element("p", { class: "quiet" }, "No receipts here."),
      more || "");
  }
}
