// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { element } from "./element.js";

let asking = null;

/** Asks for the API key until the gateway takes it. Requests that come meanwhile wait for the same dialog. */
export function signIn(signal) {
  asking ??= ask().finally(() => (asking = null));
  return signal ? Promise.race([asking, aborted(signal)]) : asking;
}

export class NotSignedIn extends Error {}

function aborted(signal) {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function ask() {
  const field = element("input", {
    type: "password", id: "sign-in-key", autocomplete: "current-password", required: true, spellcheck: "false",
  });
  const trouble = element("p", { class: "trouble", role: "alert" });
  const form = element("form", {},
    element("h2", { id: "sign-in-title" }, "Sign in"),
    element("p", {}, "This gateway wants an API key. It is kept in a cookie that no script can read."),
    element("label", { for: "sign-in-key" }, "API key"), field, trouble,
    element("div", { class: "row" },
      element("button", { type: "submit", class: "main" }, "Sign in"),
      element("button", { type: "button", value: "cancel" }, "Not now")));
  const dialog = element("dialog", { "aria-labelledby": "sign-in-title" }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve, reject) => {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      trouble.textContent = await refusalOf(field.value);
      if (!trouble.textContent) finish(resolve);
      else field.select();
    });
    form.querySelector("[value=cancel]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => finish(() => reject(new NotSignedIn("not signed in"))));

    function finish(settle) {
      settle();
      dialog.remove();
    }
  });
}

async function refusalOf(key) {
  try {
    const answer = await fetch("/-/sign-in", {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ key: key.trim() }),
    });
    if (answer.ok) {
      document.dispatchEvent(new Event("signedin"));
      return "";
    }
    if (answer.status === 401) return "That key is not known here.";
    if (answer.status === 429) return "Too many keys that are none. Wait a minute.";
    return `The gateway answered ${answer.status}. Try again.`;
  } catch {
    return "The gateway does not answer. Is green-proxy running?";
  }
}
