// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { announce } from "../announce.js";
import { button, element } from "../element.js";

const SHOWN_MS = 2000;

/** Copies what `read` returns when it is pressed. */
export function copyButton(read, label) {
  const made = button("Copy", async () => {
    const done = await copy(read());
    made.textContent = done ? "Copied" : "Not copied";
    announce(done ? "Copied" : "The browser does not allow copying");
    setTimeout(() => (made.textContent = "Copy"), SHOWN_MS);
  }, { class: "plain small", "aria-label": label });
  return made;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** Pages that came over plain HTTP from another machine have no clipboard of their own. */
function copyBySelection(text) {
  const field = element("textarea", { class: "unseen", readonly: true });
  field.value = text;
  document.body.append(field);
  const focused = document.activeElement;
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return done;
}
