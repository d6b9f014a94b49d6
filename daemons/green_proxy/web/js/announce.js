// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0

/** Says a sentence to screen readers, once; `urgent` interrupts what is being read. */
export function announce(text, { urgent = false } = {}) {
  const region = document.getElementById(urgent ? "urgent" : "polite");
  region.textContent = "";
  // The same words again are a change only if the region was empty in between.
  setTimeout(() => (region.textContent = text), 50);
}
