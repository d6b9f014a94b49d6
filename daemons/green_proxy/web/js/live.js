// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0
import { request } from "./request.js";
import { NotSignedIn } from "./sign-in.js";

/*
 * The events of /-/live for all views: one connection, open while somebody follows and the page is seen.
 * `gateway` is our own event: { connected, retry_s }; where the user does not sign in, there is no next try.
 */
const LASTING = ["proxy", "telemetry", "snapshot"];
const PASSING = ["receipt", "alert"];
const FIRST_PAUSE_MS = 1000, LONGEST_PAUSE_MS = 15_000;
// The gateway says something every 10 s.
const SILENT_MS = 25_000;
const HIDDEN_MS = 30_000;

const followers = new Map();
const newest = new Map();
let source = null;
let pause_ms = FIRST_PAUSE_MS;
let retry, silence, hiding;

/** Calls the listener with each event of this name, and at once with the newest of those that last. */
export function follow(name, listener) {
  if (!followers.has(name)) followers.set(name, new Set());
  followers.get(name).add(listener);
  if (newest.has(name)) listener(newest.get(name));
  open();
  return () => {
    followers.get(name).delete(listener);
    if (!followed()) close();
  };
}

function followed() {
  return [...followers.values()].some((set) => set.size);
}

function tell(name, content, { lasts }) {
  if (lasts) newest.set(name, content);
  for (const listener of followers.get(name) ?? []) listener(content);
}

function open() {
  if (source || retry || document.hidden) return;
  source = new EventSource("/-/live");
  for (const name of [...LASTING, ...PASSING]) {
    source.addEventListener(name, (event) => hear(name, JSON.parse(event.data)));
  }
  source.addEventListener("error", lost);
  watchSilence();
}

function hear(name, content) {
  watchSilence();
  if (pause_ms !== FIRST_PAUSE_MS || !newest.get("gateway")?.connected) {
    pause_ms = FIRST_PAUSE_MS;
    tell("gateway", { connected: true }, { lasts: true });
  }
  if (name === "telemetry" && content.state === "away") newest.delete("snapshot");
  tell(name, content, { lasts: LASTING.includes(name) });
}

function watchSilence() {
  clearTimeout(silence);
  silence = setTimeout(lost, SILENT_MS);
}

function lost() {
  close();
  tell("gateway", { connected: false, retry_s: pause_ms / 1000 }, { lasts: true });
  retry = setTimeout(async () => {
    // An event source does not tell a wrong key from a gateway that is gone; this asks for the key.
    const refused = await request("/-/queue").then(() => false, (error) => error instanceof NotSignedIn);
    retry = null;
    if (refused) tell("gateway", { connected: false, retry_s: null }, { lasts: true });
    else if (followed()) open();
  }, pause_ms);
  pause_ms = Math.min(2 * pause_ms, LONGEST_PAUSE_MS);
}

function close() {
  source?.close();
  source = null;
  clearTimeout(silence);
  clearTimeout(retry);
  retry = null;
  newest.clear();
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) hiding = setTimeout(close, HIDDEN_MS);
  else if (followed()) open();
});
document.addEventListener("signedin", () => followed() && open());
