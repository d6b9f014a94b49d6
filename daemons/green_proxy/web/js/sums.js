// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
/*
 * Sums over windows and receipts. Where a joule went is told by windows, which add up to the energy counter;
 * what was got for it, by receipts.
 */
export const ACCOUNTS = ["baseline", "queued", "loading", "prefill", "decode", "others", "unattributed"];

export class Sums {
  accounts = Object.fromEntries(ACCOUNTS.map((name) => [name, 0]));
  energy_j = 0;
  tokens = 0;
  // Of the requests that `tokens` are the answers of, with their share of the baseline.
  spent_j = 0;
  requests = 0;
  wasted_j = 0;
  wasted = new Map();
  simulated = false;

  add(entry) {
    this.simulated ||= Boolean(entry.simulated);
    if (entry.event === "window") this.#window(entry);
    else if (entry.event === "receipt") this.#receipt(entry);
  }

  get tokens_per_j() {
    return this.spent_j > 0 ? this.tokens / this.spent_j : null;
  }

  #window(window) {
    this.energy_j += window.energy_j ?? 0;
    for (const name of ACCOUNTS) this.accounts[name] += window[`${name}_j`] ?? 0;
  }

  #receipt(receipt) {
    this.requests += 1;
    if (receipt.energy_j === null || receipt.energy_j === undefined) return;
    const whole_j = receipt.energy_j + (receipt.baseline_share_j ?? 0);
    if (receipt.thrown_away) {
      this.wasted_j += receipt.energy_j;
      this.wasted.set(receipt.thrown_away, (this.wasted.get(receipt.thrown_away) ?? 0) + receipt.energy_j);
    }
    if (!receipt.output_tokens) return;
    this.tokens += receipt.output_tokens;
    this.spent_j += whole_j;
  }
}

/** Output tokens by all joules of their time. */
export function tokensPerJoule(receipts) {
  const sums = new Sums();
  for (const receipt of receipts) sums.add({ ...receipt, event: "receipt" });
  return sums.tokens_per_j;
}
