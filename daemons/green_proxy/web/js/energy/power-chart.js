// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { element } from "../element.js";
import { clockTime, watts } from "../format.js";
import { legend } from "./tables.js";

const PHASES = ["idle", "loading", "prefill", "decode"];
const SHORTEST_S = 120;
const HEIGHT_PX = 260;
const FILL = "80";

/** The chart of a track. `choose(point)` is called with the moment that somebody clicks, or enters. */
export class PowerChart {
  #chart = null;
  #track;
  #place = null;
  #root;
  #said;
  #choose;
  #size;
  #stopped = false;

  constructor(track, choose) {
    this.#track = track;
    this.#choose = choose;
    this.#said = element("output", { class: "moment" });
    this.#root = element("div", {
      class: "chart", role: "slider", tabindex: "0", "aria-label": "Power over the last minutes",
      "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0", "aria-valuetext": "no reading yet",
      on: { keydown: (event) => this.#key(event), click: () => this.#enter(), blur: () => this.#point(null) },
    });
    this.element = element("div", {}, this.#root, this.#said);
    this.#size = new ResizeObserver(() => this.#chart?.setSize(this.#extent()));
  }

  async start() {
    const uPlot = await loadChart();
    if (this.#stopped) return;
    this.#draw(uPlot);
    this.#size.observe(this.#root);
    this.recolour = () => this.#draw(uPlot);
    document.addEventListener("themechange", this.recolour);
  }

  stop() {
    this.#stopped = true;
    this.#size.disconnect();
    document.removeEventListener("themechange", this.recolour);
    this.#chart?.destroy();
    this.#chart = null;
  }

  show() {
    if (!this.#chart) return;
    this.#chart.setData(dataOf(this.#track.points), false);
    const last_s = this.#track.points.at(-1)?.at_s ?? Date.now() / 1000;
    const first_s = this.#track.points[0]?.at_s ?? last_s;
    this.#chart.setScale("x", { min: Math.min(first_s, last_s - SHORTEST_S), max: last_s });
    this.#root.setAttribute("aria-valuemax", String(Math.max(0, this.#track.points.length - 1)));
  }

  #draw(uPlot) {
    this.#chart?.destroy();
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    const axis = { stroke: colour("muted"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false } };
    this.#chart = new uPlot({
      ...this.#extent(),
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: { y: { range: (_chart, _low, high) => [0, Math.max(10, (high ?? 0) * 1.06)] } },
      axes: [
        { ...axis, space: 70, size: 28, values: (_chart, times) => times.map(clockTime) },
        { ...axis, size: 56, values: (_chart, values) => values.map((value) => `${value} W`) },
      ],
      series: [
        {},
        ...PHASES.map((phase) => ({ fill: colour(`phase-${phase}`) + FILL, points: { show: false }, width: 0 })),
        { stroke: colour("muted"), dash: [2, 4], width: 1, points: { show: false } },
        { stroke: colour("danger"), dash: [8, 4], width: 1.5, points: { show: false } },
        { stroke: colour("text"), width: 1.5, points: { show: false } },
      ],
      hooks: { setCursor: [(chart) => this.#hover(chart)] },
    }, dataOf(this.#track.points), this.#root);
    this.show();
  }

  #extent() {
    return { width: Math.max(200, this.#root.clientWidth), height: HEIGHT_PX };
  }

  #hover(chart) {
    if (chart.cursor.idx !== null && chart.cursor.idx !== undefined) this.#tell(chart.cursor.idx);
  }

  #tell(place) {
    this.#place = place;
    const text = momentText(this.#track.points[place]);
    this.#said.textContent = text;
    this.#root.setAttribute("aria-valuenow", String(place));
    this.#root.setAttribute("aria-valuetext", text);
  }

  #key(event) {
    const last = this.#track.points.length - 1;
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -20, PageUp: 20, Home: -last, End: last };
    if (event.key === "Enter") this.#enter();
    else if (event.key in steps && last >= 0) {
      event.preventDefault();
      this.#point(Math.min(last, Math.max(0, (this.#place ?? last) + steps[event.key])));
    }
  }

  #point(place) {
    if (place === null || !this.#chart) return;
    this.#chart.setCursor({ left: this.#chart.valToPos(this.#track.points[place].at_s, "x"), top: 0 });
    this.#tell(place);
  }

  #enter() {
    const point = this.#track.points[this.#place ?? this.#track.points.length - 1];
    if (point) this.#choose(point);
  }
}

export function powerLegend() {
  return element("div", {},
    legend([...PHASES.map((phase) => [phase, phase]), ["base", "baseline"], ["limit", "the card's limit"]]),
    element("p", { class: "quiet" }, "Where requests are in different phases, the earliest one shows. A click shows the requests of a moment."));
}

function momentText(point) {
  if (!point || point.power_w === null) return "not read";
  const requests = point.in_flight === 1 ? "1 request" : `${point.in_flight} requests`;
  return `${clockTime(point.at_s)}: ${watts(point.power_w)}, ${point.phase}, ${requests} in flight`;
}

/** A column for each phase, which holds the power while it lasts and to where the next one begins. */
function dataOf(points) {
  const areas = PHASES.map((phase) => points.map((point, place) =>
    (point.phase === phase || (place > 0 && points[place - 1].phase === phase) ? point.power_w : null)));
  const column = (name) => points.map((point) => point[name]);
  return [column("at_s"), ...areas, column("baseline_w"), column("limit_w"), column("power_w")];
}

let loading = null;

// A plain script: its author publishes no small module.
function loadChart() {
  loading ??= new Promise((resolve, reject) => {
    const vendor = new URL("../../vendor/", import.meta.url);
    const script = element("script", { src: `${vendor}uPlot.iife.min.js` });
    script.addEventListener("load", () => resolve(globalThis.uPlot));
    script.addEventListener("error", () => reject(new Error("the chart's library is not there; reload the page")));
    document.head.append(script, element("link", { rel: "stylesheet", href: `${vendor}uPlot.min.css` }));
  });
  return loading;
}
