// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
// Runs the feature that the command line names; what it needs comes as JSON on standard input.

import { readFileSync } from "node:fs";

export const given = JSON.parse(readFileSync(0, "utf8"));
export const hello = [{ role: "user", content: "hello there" }];
export const asking = [{ role: "user", content: `the weather, please: ${given.call}` }];

export async function collect(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

export async function run(features) {
  const feature = features[process.argv[2]];
  if (!feature) throw new Error(`no feature ${process.argv[2]}`);
  await feature();
}
