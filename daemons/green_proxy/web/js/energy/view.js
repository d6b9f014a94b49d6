// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { button, element, writes } from "../element.js";
import { clockTime, watts } from "../format.js";
import { follow } from "../live.js";
import { requestJson } from "../request.js";
import { clockParts } from "./clocks.js";
import { PowerChart, powerLegend } from "./power-chart.js";
import { flightsTable, panel, receiptsTable, table } from "./tables.js";
import { Today, yieldParts } from "./today.js";
import { Track, pointOf } from "./track.js";

const SUMMARY_MS = 20_000;
const CALM_MS = 2000;

export const shortcuts = [
  ["P", "Pause, and go on"],
  ["← →", "In the chart: another moment"],
  ["Enter", "In the chart: the requests that made it"],
];

// Outlives a look at another view.
const track = new Track();
let page = null;

export async function mount(root, context) {
  page = new Page(root, context);
  await page.start();
}

export function unmount() {
  page?.stop();
  page = null;
}

class Page {
  #parts = {};
  #snapshot = null;
  #proxy = null;
  #paused = false;
  #drawn_ms = 0;
  #said_ms = 0;
  #ends = [];

  constructor(root, context) {
    this.context = context;
    this.today = new Today(() => this.#draw(), (receipt) => track.addReceipt(receipt));
    this.chart = new PowerChart(track, (point) => this.#choose(point));
    this.pause = button("Pause", () => this.#toggle(), { "aria-pressed": "false" });
    for (const name of ["now", "state", "yield", "flights", "made", "today", "trouble", "minutes"]) this.#parts[name] = element("div", {});
    this.#parts.trouble.setAttribute("role", "status");
    this.details = element("details", { on: { toggle: () => this.#draw() } },
      element("summary", {}, "The last minutes as a table"), this.#parts.minutes);
    root.append(element("div", { class: "panels" },
      this.#parts.trouble,
      panel("Power", "wide", element("div", { class: "row spread" }, this.#parts.now, this.pause),
        this.chart.element, powerLegend(), this.#parts.made, this.details),
      panel("In flight", "wide", this.#parts.flights),
      panel("Today", "", this.#parts.today),
      panel("Tokens per joule", "", this.#parts.yield),
      panel("Clocks", "", this.#parts.state)));
    this.key = (event) => this.#key(event);
  }

  async start() {
    document.addEventListener("keydown", this.key);
    this.today.start();
    this.#ends = [
      follow("snapshot", (snapshot) => this.#take(snapshot)),
      follow("receipt", (receipt) => this.today.addReceipt(receipt)),
      follow("proxy", (proxy) => { this.#proxy = proxy; this.#draw(); }),
      follow("alert", (alert) => this.context.announce(`${alert.active ? "Alert" : "Over"}: ${alert.alert}`, { urgent: alert.active })),
      follow("telemetry", ({ state }) => this.#reach(state)),
      follow("gateway", ({ connected, retry_s }) => this.#trouble(!connected && awayWords(retry_s))),
    ];
    try {
      await this.chart.start();
    } catch (error) {
      this.#trouble(error.message);
    }
    this.#draw();
  }

  stop() {
    document.removeEventListener("keydown", this.key);
    for (const end of this.#ends) end();
    this.today.stop();
    this.chart.stop();
  }

  #take(snapshot) {
    this.#snapshot = snapshot;
    if (snapshot.simulated) this.context.simulated();
    track.add(snapshot);
    this.#draw();
    this.#summarise(snapshot);
  }

  #reach(state) {
    this.#trouble(state === "away" && "green-telemetry is away: nothing is measured meanwhile. `systemctl status green-telemetry` says why.");
    if (state === "connected") this.#recall();
  }

  /** What was before the page was open; where nobody remembers it, the chart begins now. */
  async #recall() {
    const { points } = await requestJson("/-/recent").catch(() => ({ points: [] }));
    track.recall(points);
    this.#draw();
  }

  #trouble(text) {
    this.#parts.trouble.replaceChildren(text ? element("p", { class: "trouble" }, text) : "");
  }

  #draw() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.#paused || (calm && Date.now() - this.#drawn_ms < CALM_MS)) return;
    this.#drawn_ms = Date.now();
    const { now, state, flights, today, minutes } = this.#parts;
    if (this.#snapshot) {
      now.replaceChildren(...nowParts(this.#snapshot));
      flights.replaceChildren(flightsTable(this.#snapshot));
      this.chart.show();
    }
    state.replaceChildren(...clockParts(this.#proxy, this.#snapshot));
    today.replaceChildren(this.today.show(this.#snapshot));
    this.#parts.yield.replaceChildren(...yieldParts(this.today.yields()));
    if (this.details.open) minutes.replaceChildren(minutesTable());
  }

  #summarise(snapshot) {
    if (Date.now() - this.#said_ms < SUMMARY_MS || this.#paused) return;
    this.#said_ms = Date.now();
    const { power_w, limit_w, phase, in_flight } = pointOf(snapshot);
    this.chart.element.querySelector("[role=slider]").setAttribute("aria-description",
      `${watts(power_w)}${limit_w ? ` of ${watts(limit_w)}` : ""}, ${phase}, ${in_flight} in flight`);
  }

  #choose(point) {
    const made = track.madeBy(point.at_s);
    const text = made.length ? `Under way at ${clockTime(point.at_s)}, when the GPU drew ${watts(point.power_w)}:`
      : `No receipt of a request that was under way at ${clockTime(point.at_s)}; receipts come some seconds after an answer's end.`;
    this.#parts.made.replaceChildren(element("p", { role: "status" }, text), made.length ? receiptsTable(made) : "");
  }

  #toggle() {
    this.#paused = !this.#paused;
    this.pause.textContent = this.#paused ? "Go on" : "Pause";
    this.pause.setAttribute("aria-pressed", String(this.#paused));
    this.#draw();
  }

  #key(event) {
    if (event.key.toLowerCase() === "p" && !writes(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) this.#toggle();
  }
}

function awayWords(retry_s) {
  if (retry_s === null) return "Nothing is shown to whoever is not signed in. Reload the page to sign in.";
  return `The gateway does not answer; the next try is in ${retry_s} s.`;
}

function nowParts(snapshot) {
  const { power_w, limit_w, phase } = pointOf(snapshot);
  const of = limit_w ? ` of ${watts(limit_w)}` : "";
  const names = [...new Set(snapshot.gpus.map(({ name }) => name))].join(", ");
  return [element("span", { class: "big" }, watts(power_w)), `${of} · ${phase} · ${names}`];
}

function minutesTable() {
  return table(["Minute", "Mean", "Most", "Phases"], track.minutes().map(({ minute_s, count, sum_w, most_w, phases }) =>
    [clockTime(minute_s), watts(sum_w / count), watts(most_w), [...phases].join(", ")]));
}
