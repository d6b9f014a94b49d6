// SPDX-FileCopyrightText: 2026 The green-qwen authors
//
// SPDX-License-Identifier: Apache-2.0

/** Shows the button to whoever is signed in; the page then begins anew, as nobody's. */
export function startSignOut(button) {
  const look = async () => {
    const session = await fetch("/-/session", { cache: "no-store" }).then((answer) => answer.json()).catch(() => null);
    button.hidden = !(session?.required && session.signed_in);
    button.title = `Signed in as ${session?.name}`;
  };
  button.addEventListener("click", async () => {
    await fetch("/-/sign-out", { method: "POST" });
    location.reload();
  });
  document.addEventListener("signedin", look);
  look();
}
