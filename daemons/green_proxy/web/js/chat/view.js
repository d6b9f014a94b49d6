// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { button, element } from "../element.js";
import { bringIn, bringOut } from "./bring.js";
import { Composer } from "./composer.js";
import { cutFrom, newConversation, titleOf } from "./conversation.js";
import { Flights } from "./flights.js";
import { Log } from "./log.js";
import { Models } from "./models.js";
import { Shelf } from "./shelf.js";
import { Sidebar } from "./sidebar.js";
import { store } from "./store.js";
import { watchWaiting } from "./waiting.js";

export const shortcuts = [
  ["Enter", "Send"],
  ["Shift Enter", "New line"],
  ["Esc", "Stop the answer"],
  ["↑", "In an empty field: edit your last message"],
  ["Ctrl Enter", "Send an edited message"],
  ["Alt N", "New conversation"],
];

// What outlives a look at another view: answers go on.
let chosen = null;
let draft = "";
let page = null;
const flights = new Flights(
  (conversation, entry) => {
    page?.changed(conversation, entry);
    shelf.touchPart(conversation);
  },
  (conversation, entry, how) => {
    shelf.touch(conversation);
    page?.ended(conversation, entry, how);
  },
);
const shelf = new Shelf({
  busy: (conversation) => Boolean(flights.of(conversation)),
  renewed: (id, found) => page?.renewed(id, found),
});

export async function mount(root, context) {
  // Before that nothing can be sent, and what was written would be lost.
  await shelf.load();
  // Who clicked on meanwhile has another view.
  if (!root.isConnected) return;
  page = new Page(root, context);
  page.start();
}

export function unmount() {
  draft = page?.composer.text ?? draft;
  page?.close();
  page = null;
}

class Page {
  constructor(root, context) {
    this.context = context;
    this.models = new Models((model, thinks) => this.#chose(model, thinks));
    this.composer = new Composer({
      send: (text) => this.#send(text), stop: () => flights.stop(chosen), editLast: () => this.#editLast(),
    });
    this.log = new Log({
      isLast: (entry) => chosen.entries.at(-1) === entry,
      again: (entry) => this.#then(() => flights.again(chosen, entry)),
      goOn: (entry) => this.#then(() => flights.goOn(chosen, entry)),
      edited: (entry, text) => this.#edited(entry, text),
      receipt: (entry) => flights.fetchReceipt(chosen, entry),
    });
    this.sidebar = new Sidebar({
      open: (conversation) => this.open(conversation), create: () => this.#create(),
      rename: (conversation, title) => this.#rename(conversation, title),
      remove: (conversation) => this.#remove(conversation),
      bring: { out: () => bringOut(shelf.all.filter(({ entries }) => entries.length)), in: () => this.#bringIn() },
    });
    this.notice = element("p", { class: "hint", role: "status" });
    this.listButton = button("☰", () => this.#toggleList(), {
      class: "plain list-button", "aria-label": "Conversations", "aria-controls": "conversations", "aria-expanded": "false",
    });
    this.title = element("h1", {});
    this.root = root;
    root.append(this.sidebar.root, element("div", { class: "talk" },
      element("div", { class: "head" }, this.listButton, this.title, this.models.root),
      this.log.root, this.log.jump, this.notice, this.composer.root));
    this.keys = (event) => this.#key(event);
    document.addEventListener("keydown", this.keys);
  }

  start() {
    this.composer.text = draft;
    this.open(chosen ?? shelf.newest ?? newConversation(""));
    this.models.load();
    this.notice.textContent = store.trouble;
  }

  close() {
    document.removeEventListener("keydown", this.keys);
  }

  open(conversation) {
    chosen = conversation;
    this.models.show(chosen);
    this.log.show(chosen);
    this.log.toEnd();
    this.#list();
    this.#showList(false);
    if (matchMedia("(pointer: fine)").matches) this.composer.field.focus();
  }

  /** Another window has changed a conversation, or deleted it. */
  renewed(id, found) {
    if (chosen.id === id) this.open(found ?? shelf.newest ?? newConversation(""));
    else this.#list();
  }

  changed(conversation, entry) {
    if (entry.receipt?.simulated) this.context.simulated();
    if (conversation !== chosen) return;
    if (entry.state === "waiting" || !this.log.message(entry)) this.#newFlight(conversation, entry);
    this.log.changed(entry);
  }

  ended(conversation, entry, { quietly = false } = {}) {
    if (entry.receipt?.simulated) this.context.simulated();
    this.notice.textContent = store.trouble;
    this.#list();
    if (conversation !== chosen) return;
    this.log.changed(entry);
    if (!quietly) this.#say(entry);
  }

  #newFlight(conversation, entry) {
    this.log.show(conversation);
    this.#list();
    const flight = flights.of(conversation);
    if (!flight || flight.watched) return;
    flight.watched = true;
    watchWaiting(conversation.id, () => entry.state !== "waiting" || flights.of(conversation) !== flight,
      (words) => this.log.message(entry)?.tell?.(words));
  }

  #say({ state, trouble, text }) {
    if (state === "failed") this.context.announce(trouble.text, { urgent: true });
    else if (state === "stopped") this.context.announce("Stopped.");
    else this.context.announce(`The answer is there, ${text.split(/\s+/).length} words.`);
  }

  #send(text) {
    if (!this.models.chosen) {
      this.#sendLater();
      return false;
    }
    this.#then(() => flights.send(chosen, text));
    return true;
  }

  /** The list of models has not come yet. */
  async #sendLater() {
    this.notice.textContent = "Waiting for the list of models.";
    await this.models.load();
    this.notice.textContent = store.trouble;
    if (this.models.chosen) this.composer.root.requestSubmit();
  }

  /** Every change of what was said is kept, and the end shown. */
  #then(act) {
    this.log.follows = true;
    // The one that is seen: the conversation's own may be gone from the server.
    chosen.model = this.models.chosen || chosen.model;
    act();
    shelf.add(chosen);
    shelf.touch(chosen);
    this.log.show(chosen);
    this.#list();
  }

  #edited(entry, text) {
    this.#then(() => {
      cutFrom(chosen, entry);
      flights.sendAnew(chosen, text);
    });
    this.composer.field.focus();
  }

  #editLast() {
    const last = chosen.entries.findLast(({ role }) => role === "user");
    if (last) this.log.message(last).edit();
  }

  #chose(model, thinks) {
    Object.assign(chosen, { model, thinks });
    shelf.touch(chosen);
  }

  #create() {
    this.open(newConversation(""));
    this.context.announce("New conversation.");
  }

  #rename(conversation, title) {
    conversation.title = title;
    shelf.touch(conversation);
    this.#list();
  }

  #remove(conversation) {
    flights.stop(conversation);
    shelf.remove(conversation);
    this.open(shelf.newest ?? newConversation(""));
    this.context.announce("Deleted.");
  }

  async #bringIn() {
    const { conversations: brought, trouble } = await bringIn();
    for (const one of brought) shelf.bring(one);
    this.notice.textContent = trouble ?? "";
    if (brought.length) this.open(brought[0]);
  }

  #list() {
    this.title.textContent = titleOf(chosen);
    this.composer.running = Boolean(flights.of(chosen));
    this.sidebar.show(shelf.all, chosen, (one) => Boolean(flights.of(one)));
    this.root.classList.toggle("empty", !chosen.entries.length);
  }

  #toggleList() {
    this.#showList(!this.root.classList.contains("listed"));
    if (this.root.classList.contains("listed")) this.sidebar.root.querySelector("button").focus();
  }

  #showList(shown) {
    this.root.classList.toggle("listed", shown);
    this.listButton.setAttribute("aria-expanded", String(shown));
  }

  #key(event) {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && this.root.classList.contains("listed")) {
      this.#showList(false);
      this.listButton.focus();
    } else if (event.key === "Escape") flights.stop(chosen);
    else if (event.altKey && event.code === "KeyN") {
      event.preventDefault();
      this.#create();
    }
  }
}
