// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { announce } from "./announce.js";

const ORDER = ["system", "light", "dark"];
const SIGNS = { system: "◐", light: "☀", dark: "☾" };
const WORDS = { system: "as the system", light: "light", dark: "dark" };

/** Goes round: as the system, light, dark. */
export function startThemeButton(button) {
  const label = () => {
    const choice = globalThis.greenTheme.choice;
    button.textContent = SIGNS[choice];
    button.setAttribute("aria-label", `Colours: ${WORDS[choice]}`);
    button.title = `Colours: ${WORDS[choice]}`;
  };
  button.addEventListener("click", () => {
    const next = ORDER[(ORDER.indexOf(globalThis.greenTheme.choice) + 1) % ORDER.length];
    globalThis.greenTheme.choose(next);
    label();
    announce(`Colours: ${WORDS[next]}`);
  });
  label();
}
