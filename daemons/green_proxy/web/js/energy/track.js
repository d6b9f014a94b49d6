// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
/** The last minutes of power, and their receipts. */
const KEEP_S = 600;
const MOST_RECEIPTS = 500;
// A longer silence is a hole, not a line.
const HOLE_S = 15;

export class Track {
  points = [];
  receipts = new Map();

  /** Takes in a snapshot of green-telemetry. */
  add(snapshot) {
    for (const receipt of snapshot.receipts) this.addReceipt(receipt);
    this.#push(pointOf(snapshot));
  }

  /** Takes in what green-telemetry remembers, where this track knows nothing. */
  recall(points) {
    const known = this.points.filter(({ power_w }) => power_w !== null);
    this.points = [];
    for (const point of [...points, ...known].sort((one, other) => one.at_s - other.at_s)) this.#push(point);
  }

  #push(point) {
    const last = this.points.at(-1);
    if (point.power_w === null || (last && point.at_s <= last.at_s)) return;
    if (last && point.at_s - last.at_s > HOLE_S) this.points.push({ ...point, at_s: last.at_s + 1, power_w: null, phase: null });
    this.points.push(point);
    this.points.splice(0, this.points.findIndex(({ at_s }) => at_s >= point.at_s - KEEP_S));
  }

  addReceipt(receipt) {
    if (!this.receipts.has(receipt.request)) this.receipts.set(receipt.request, receipt);
    if (this.receipts.size > MOST_RECEIPTS) this.receipts.delete(this.receipts.keys().next().value);
  }

  /** The requests whose work was under way at a moment, those that took most first. */
  madeBy(at_s) {
    const began_s = (receipt) => receipt.ended_at - receipt.duration_s;
    return [...this.receipts.values()]
      .filter((receipt) => began_s(receipt) <= at_s && at_s <= receipt.ended_at)
      .sort((one, other) => (other.energy_j ?? 0) - (one.energy_j ?? 0));
  }

  /** The power of each minute, newest first. */
  minutes() {
    const minutes = new Map();
    for (const { at_s, power_w, phase } of this.points) {
      if (power_w === null) continue;
      const minute_s = Math.floor(at_s / 60) * 60;
      const one = minutes.get(minute_s) ?? { minute_s, count: 0, sum_w: 0, most_w: 0, phases: new Set() };
      one.count += 1;
      one.sum_w += power_w;
      one.most_w = Math.max(one.most_w, power_w);
      one.phases.add(phase);
      minutes.set(minute_s, one);
    }
    return [...minutes.values()].reverse();
  }
}

export function pointOf({ at_s, gpus, generations }) {
  const read = gpus.filter((gpu) => gpu.present && gpu.power_w !== undefined);
  const sum = (name) => (read.length && read.every((gpu) => gpu[name] !== undefined)
    ? read.reduce((total, gpu) => total + gpu[name], 0) : null);
  return {
    at_s,
    power_w: sum("power_w"),
    baseline_w: sum("baseline_w"),
    limit_w: sum("power_limit_w"),
    phase: phaseOf(generations),
    in_flight: generations.length,
  };
}

/** Of several requests in different phases the earliest one: a prompt that is read is what makes a spike. */
function phaseOf(generations) {
  return ["loading", "prefill", "decode"].find((phase) => generations.some((one) => one.phase === phase)) ?? "idle";
}
