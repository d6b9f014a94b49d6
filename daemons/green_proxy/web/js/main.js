// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { announce } from "./announce.js";
import { showShortcuts } from "./dialogs.js";
import { element, writes } from "./element.js";
import { startSignOut } from "./sign-out.js";
import { startThemeButton } from "./theme-button.js";

/*
 * A view is a module with mount(root, context) and unmount(), and optionally `shortcuts`, a list of
 * [keys, what]. It is loaded when it is first opened. `context`:
 *   parameters     URLSearchParams of the hash, as in #energy?at=1700000000
 *   announce       says a sentence to screen readers
 *   simulated()    shows the mark 'simulated' in the bar
 */
const VIEWS = {
  chat: { title: "Chat", load: () => import("./chat/view.js") },
  energy: { title: "Energy", load: () => import("./energy/view.js") },
  history: { title: "History", load: () => import("./history/view.js") },
};
const SHORTCUTS = [
  ["Alt 1", "Chat"],
  ["Alt 2", "Energy"],
  ["Alt 3", "History"],
  ["?", "This list"],
];

let shown = null;
let opening = 0;

async function open() {
  const [name, query] = location.hash.slice(1).split("?");
  if (name === "view") return;
  const chosen = Object.hasOwn(VIEWS, name) ? name : "chat";
  const number = ++opening;
  mark(chosen);
  const view = await VIEWS[chosen].load().catch((error) => missing(VIEWS[chosen].title, error));
  // Who clicked on goes to the last one.
  if (number !== opening) return;
  shown?.unmount();
  const root = element("div", { class: `view ${chosen}` });
  document.getElementById("view").replaceChildren(root);
  shown = view;
  await view.mount(root, contextFor(query));
}

function contextFor(query) {
  return {
    parameters: new URLSearchParams(query ?? ""),
    announce,
    simulated: () => (document.getElementById("simulated").hidden = false),
  };
}

function missing(title, error) {
  console.warn(`${title}: ${error.message}`);
  return {
    mount: (root) => root.append(element("p", { class: "notice" }, `${title} is not there. Reload the page to try again.`)),
    unmount: () => {},
  };
}

function mark(chosen) {
  document.title = `${VIEWS[chosen].title} – green-qwen`;
  for (const link of document.querySelectorAll(".bar nav a")) {
    if (link.hash === `#${chosen}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function listKeys() {
  showShortcuts([...SHORTCUTS, ...(shown?.shortcuts ?? [])]);
}

document.addEventListener("keydown", (event) => {
  const view = Object.keys(VIEWS)[["Digit1", "Digit2", "Digit3"].indexOf(event.code)];
  if (event.altKey && !event.ctrlKey && !event.metaKey && view) {
    event.preventDefault();
    location.hash = view;
  } else if (event.key === "?" && !writes(event.target) && !document.querySelector("dialog[open]")) {
    listKeys();
  }
});
document.getElementById("shortcuts-button").addEventListener("click", listKeys);
document.getElementById("skip").addEventListener("click", (event) => {
  // The hash is the view's: the link must not change it.
  event.preventDefault();
  document.getElementById("view").focus();
});
addEventListener("hashchange", open);
startThemeButton(document.getElementById("theme-button"));
startSignOut(document.getElementById("sign-out"));
open();
