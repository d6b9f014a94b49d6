// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { figure } from "./chat/figures.js";

const JOULES_PER_KWH = 3_600_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "medium" });

export const known = (value) => Number.isFinite(value);
export const unit = (value, name) => (known(value) ? `${figure(value)} ${name}` : "–");
export const watts = (value) => unit(value, "W");
export const clockTime = (at_s) => clock.format(at_s * 1000);
export const dateTime = (at_s) => moment.format(at_s * 1000);

/** In the unit that leaves few digits: J, kJ, or kWh; beside a larger figure in that one's. */
export function energy(value, beside = value) {
  if (!known(value)) return "–";
  const size = Math.abs(beside);
  if (size >= JOULES_PER_KWH / 10) return `${figure(value / JOULES_PER_KWH)} kWh`;
  return size >= 10_000 ? `${figure(value / 1000)} kJ` : `${figure(value)} J`;
}

export function percent(part, whole) {
  return whole > 0 && known(part) ? `${Math.round((100 * part) / whole)} %` : "–";
}
