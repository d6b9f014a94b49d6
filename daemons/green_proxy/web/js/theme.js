// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0

// A plain script in the head, so that no page is first seen in the wrong colours.
// Charts redraw on the event "themechange" of the document.
(() => {
  const KEY = "green-qwen.theme";
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const read = () => {
    try {
      return localStorage.getItem(KEY) || "system";
    } catch {
      return "system";
    }
  };

  let choice = read();

  const apply = () => {
    const shown = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
    document.documentElement.dataset.theme = shown;
    document.dispatchEvent(new CustomEvent("themechange", { detail: { choice, shown } }));
  };

  globalThis.greenTheme = {
    get choice() {
      return choice;
    },
    choose(next) {
      choice = next;
      try {
        localStorage.setItem(KEY, next);
      } catch {
        // Where nothing may be kept, the choice holds until the page closes.
      }
      apply();
    },
  };
  dark.addEventListener("change", apply);
  apply();
})();
