// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { element } from "./element.js";

/** A modal dialog that is gone once closed; resolves with the value of the button that closed it. */
export function openDialog(title, body, buttons) {
  const form = element("form", { method: "dialog" },
    element("h2", { id: "dialog-title" }, title), body,
    element("div", { class: "row" }, buttons.map(([value, label, kind]) =>
      element("button", { value, class: kind ?? "" }, label))));
  const dialog = element("dialog", { "aria-labelledby": "dialog-title" }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}

export async function confirmed(title, text, yes) {
  const answer = await openDialog(title, element("p", { dir: "auto" }, text),
    [["yes", yes, "main danger"], ["", "Cancel"]]);
  return answer === "yes";
}

export function showShortcuts(shortcuts) {
  const rows = shortcuts.flatMap(([keys, what]) => [
    element("dt", {}, keys.split(" ").map((key) => element("kbd", {}, key))),
    element("dd", {}, what),
  ]);
  return openDialog("Keyboard shortcuts", element("dl", { class: "keys" }, rows), [["", "Close"]]);
}
