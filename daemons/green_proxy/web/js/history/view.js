// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { receiptOf } from "../chat/receipt.js";
import { element } from "../element.js";
import { dateTime, energy } from "../format.js";
import { readHistory, readReceipt } from "../journal.js";
import { legend, panel } from "../energy/tables.js";
import { ACCOUNTS, Sums } from "../sums.js";
import { Periods } from "./periods.js";
import { Receipts } from "./receipts.js";

const DAY_S = 86_400;
const SPANS = { "24 hours": 1, "7 days": 7, "30 days": 30 };

export const shortcuts = [];
let page = null;

export async function mount(root, context) {
  const opened = (page = new Page(root, context));
  const request = context.parameters.get("request");
  if (request) await opened.showReceipt(request);
  // Somebody may have gone on meanwhile.
  if (page === opened) await opened.read();
}

export function unmount() {
  page?.stop();
  page = null;
}

class Page {
  #reading = new AbortController();
  #one = element("div", {});
  #whole = element("div", { role: "status" });
  #periods = element("div", {});
  #receipts = element("div", {});

  constructor(root, context) {
    this.context = context;
    this.span = element("select", { on: { change: () => this.read() } }, Object.keys(SPANS).map((name) => element("option", {}, name)));
    root.append(element("div", { class: "panels" }, this.#one,
      element("div", { class: "filters" }, element("label", {}, "The last", this.span)),
      panel("Energy", "wide", this.#whole, legend(ACCOUNTS.map((name) => [name, name])), this.#periods), panel("Receipts", "wide", this.#receipts)));
  }

  stop() {
    this.#reading.abort();
  }

  /** A day at a time, the newest first, so that something is seen at once and no answer gets too long. */
  async read() {
    this.stop();
    this.#reading = new AbortController();
    const { signal } = this.#reading;
    const days = SPANS[this.span.value];
    const found = { sums: new Sums(), periods: new Periods(days > 1), receipts: new Receipts() };
    this.#receipts.replaceChildren(found.receipts.element);
    const now_s = Date.now() / 1000;
    try {
      for (let back = 0; back < days; back += 1) {
        this.#tell(found, `Reading day ${back + 1} of ${days}`);
        await this.#readDay(now_s - back * DAY_S, found, signal);
        this.#show(found);
      }
      this.#tell(found, "");
    } catch (error) {
      if (!signal.aborted) this.#whole.replaceChildren(element("p", { class: "trouble" }, `The journal could not be read: ${error.message}`));
    }
  }

  async #readDay(until_s, { sums, periods, receipts }, signal) {
    for await (const entry of readHistory({ since_s: until_s - DAY_S, until_s, kind: "window|receipt" }, signal)) {
      sums.add(entry);
      periods.add(entry);
      if (entry.event === "receipt") receipts.add({ ended_at: entry.at_s, ...entry });
    }
  }

  #show({ sums, periods, receipts }) {
    if (sums.simulated) this.context.simulated();
    this.#periods.replaceChildren(periods.show());
    receipts.show();
  }

  #tell({ sums }, doing) {
    const waste = sums.wasted_j > 0 ? `, ${energy(sums.wasted_j)} of it for answers that nobody got` : "";
    const yielded = sums.tokens_per_j ? `, ${sums.tokens_per_j.toFixed(3)} tokens/J` : "";
    this.#whole.replaceChildren(element("p", {}, element("span", { class: "big" }, energy(sums.energy_j)),
      ` for ${sums.requests} requests${yielded}${waste}. ${doing}`));
  }

  async showReceipt(request) {
    try {
      const receipt = await readReceipt(request);
      if (receipt.simulated) this.context.simulated();
      const sheet = receiptOf({ receipt, notes: {}, model: receipt.model, state: "done" }, () => null);
      sheet.querySelector("details").open = true;
      const who = [receipt.client, receipt.model, receipt.outcome, receipt.ended_at && dateTime(receipt.ended_at)].filter(Boolean);
      this.#one.replaceChildren(panel(`Receipt ${request}`, "wide", element("p", {}, who.join(" · ")), sheet, element("a", { href: "#history" }, "Close")));
    } catch {
      this.#one.replaceChildren(element("p", { class: "trouble" }, `There is no receipt of request ${request}, or it is not written yet.`));
    }
  }
}
