// Asks for the control plane's token, once, however many requests wait for it.

import { h } from "./dom.js";

let asked = null;

/** Answer the token that the user enters. */
export function askForToken(wasRefused) {
  asked ??= prompt(wasRefused).finally(() => (asked = null));
  return asked;
}

function prompt(wasRefused) {
  const input = h("input", {
    type: "password",
    name: "token",
    required: true,
    pattern: "[!-~]+",
    autocomplete: "off",
    size: 44,
  });
  const form = h(
    "form",
    {},
    h("h2", {}, "Control token"),
    h("p", {}, "This emulator's control plane needs its token: the value of EMULATOR_CONTROL_TOKEN."),
    h("p", {}, "If none was set, one was made up and printed when the emulator started."),
    wasRefused && h("p", { class: "note", "data-tone": "bad", role: "alert" }, "That token was refused."),
    h("label", { class: "field" }, "Token", input),
    h("div", { class: "buttons" }, h("button", { type: "submit", class: "primary" }, "Continue")),
  );
  const dialog = h("dialog", { "aria-label": "Control token" }, form);
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      resolve(input.value);
      dialog.remove();
    });
  });
}
