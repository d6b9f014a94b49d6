// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { button, element } from "../element.js";
import { figure, seconds } from "./figures.js";
import { noteWords } from "./notes.js";

/** What an answer cost, and what was done to its request; `again` asks for a receipt that did not come. */
export function receiptOf(answer, again) {
  const { receipt } = answer;
  const words = noteWords(answer.notes);
  return element("footer", { class: "receipt" },
    words.map((note) => element("span", { class: "note" }, note)),
    ...costOf(answer, again),
    receipt?.simulated && element("span", { class: "mark" }, "simulated"),
    receipt && !receipt.receipt && details(answer));
}

function costOf(answer, again) {
  const { receipt, counts, state } = answer;
  if (state === "stopped" && !receipt) return [element("span", {}, "Stopped. ")];
  const figures = figuresOf(receipt?.receipt ? null : receipt, counts);
  const shown = figures.map((text) => element("span", { class: "figure" }, text));
  if (receipt?.receipt === "pending") shown.push(element("span", {}, "The receipt is being written."));
  if (receipt?.receipt === "missing") {
    shown.push(element("span", {}, "No receipt: green-telemetry does not answer."),
      button("Ask again", again, { class: "plain small" }));
  }
  return shown;
}

function figuresOf(receipt, counts) {
  const tokens = receipt?.output_tokens ?? counts?.output_tokens;
  const tokens_per_s = receipt?.tokens_per_s ?? counts?.tokens_per_s;
  const figures = [];
  if (tokens !== null && tokens !== undefined) figures.push(`${tokens} ${tokens === 1 ? "token" : "tokens"}`);
  if (tokens_per_s) figures.push(`${figure(tokens_per_s)} tokens/s`);
  if (receipt) figures.push(...joulesOf(receipt));
  return figures;
}

function joulesOf({ energy_j, uncertainty_j, tokens_per_s_per_w }) {
  if (energy_j === null || energy_j === undefined) return ["energy not measured"];
  const figures = [`${figure(energy_j)} J ± ${figure(uncertainty_j)} J`];
  if (tokens_per_s_per_w) figures.push(`${figure(tokens_per_s_per_w)} tokens/s/W`);
  return figures;
}

function details({ receipt, notes, model }) {
  const lines = [
    ["Model", model],
    ["Prompt", tokensOf(receipt)],
    ["Waiting", joules(receipt.energy_queued_j)],
    ["Loading", joules(receipt.energy_loading_j)],
    ["Reading the prompt", joules(receipt.energy_prefill_j)],
    ["Writing the answer", joules(receipt.energy_decode_j)],
    ["Baseline meanwhile", joules(receipt.baseline_share_j)],
    ["Earlier generation", joules(receipt.superseded_j)],
    ["Duration", Number.isFinite(receipt.duration_s) ? seconds(receipt.duration_s) : null],
    ["Ran beside", receipt.shared ? `${receipt.shared} others` : null],
    ["Longest answer", notes?.cap ? `${notes.cap} tokens` : null],
    ["Measured by", receipt.method],
    ["Divided by", receipt.split],
    ["Request", receipt.request],
  ].filter(([, value]) => value);
  return element("details", {},
    element("summary", {}, "Receipt"),
    element("dl", {}, lines.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])));
}

function joules(value) {
  return value ? `${figure(value)} J` : null;
}

function tokensOf({ prompt_tokens, cached_tokens }) {
  if (prompt_tokens === null || prompt_tokens === undefined) return null;
  return `${prompt_tokens} tokens${cached_tokens ? `, ${cached_tokens} of them cached` : ""}`;
}
