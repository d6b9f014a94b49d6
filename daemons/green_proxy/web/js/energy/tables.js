// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { figure, seconds } from "../chat/figures.js";
import { element } from "../element.js";
import { energy, percent, unit } from "../format.js";

/** What is in flight, with each one's share of the joules that all of it has taken so far. */
export function flightsTable({ generations, in_flight }) {
  if (!generations.length) return element("p", { class: "quiet" }, in_flight ? `${in_flight} on their way to the model server.` : "Nothing is in flight.");
  const whole_j = generations.reduce((total, { energy_j }) => total + (energy_j ?? 0), 0);
  return table(["Client", "Model", "Phase", "For", "Tokens", "Tokens/s", "So far", "Share"], generations.map((one) => [
    one.client ?? "–", one.model,
    element("span", {}, element("span", { class: `swatch ${one.phase}` }), one.phase),
    seconds(one.age_s), figure(one.tokens), figure(one.tokens_per_s), energy(one.energy_j), percent(one.energy_j, whole_j),
  ]));
}

/** Receipts as rows; each leads to its own page. */
export function receiptsTable(receipts, { when = null } = {}) {
  const head = [...(when ? ["Ended"] : []), "Request", "Client", "Model", "Outcome", "Tokens", "Energy", "Tokens/J", "Took"];
  return table(head, receipts.map((receipt) => [
    ...(when ? [when(receipt.ended_at)] : []),
    element("a", { href: `#history?request=${receipt.request}` }, `…${receipt.request.slice(-6)}`),
    receipt.client ?? "–", receipt.model,
    receipt.outcome === "finished" ? "finished" : receipt.reason ?? receipt.outcome,
    figure(receipt.output_tokens),
    receipt.energy_j === null || receipt.energy_j === undefined ? "not measured" : `${energy(receipt.energy_j)} ± ${unit(receipt.uncertainty_j, "J")}`,
    figure(receipt.output_tokens / (receipt.energy_j + receipt.baseline_share_j)),
    seconds(receipt.duration_s),
  ]));
}

/** Rows that become cards where there is no room; the first of `head` names the row. */
export function table(head, rows) {
  return element("table", { class: "rows" },
    element("thead", {}, element("tr", {}, head.map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, rows.map((row) => element("tr", {},
      row.map((cell, place) => element("td", { "data-name": head[place] }, cell))))));
}

export function panel(title, kind, ...content) {
  return element("section", { class: `panel ${kind}`, "aria-label": title }, element("h2", {}, title), content);
}

/** What the colours mean, as [name, label]. */
export function legend(colours) {
  return element("ul", { class: "legend" }, colours.map(([name, label]) =>
    element("li", {}, element("span", { class: `swatch ${name}` }), label)));
}
