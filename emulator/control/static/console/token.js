// The control plane's token, for the console and for Swagger UI: typed once, shown in a header, never in an address.
//
// It is kept in localStorage, so that whoever typed it in one tab has it in the others; in sessionStorage, the link
// to the API docs would ask for it again in a tab of its own. Swagger UI keeps what is typed there in localStorage too. Only
// pages of this origin can read it: the HTML of a mail is shown in a frame that is of no origin.

import { button, h } from "./dom.js";

const TOKEN = "emulator-control-token";

let asked = null;

export const keptToken = () => localStorage.getItem(TOKEN);
export const keepToken = (token) => localStorage.setItem(TOKEN, token);
export const forgetToken = () => localStorage.removeItem(TOKEN);

/**
 * Return the Response to a request that shows the token. It is asked for if it is needed and not known, or refused,
 * once, however many requests wait for it. Whoever cancels that, where `mayCancel`, gets the refusal.
 */
export async function fetchWithToken(url, request, { mayCancel = false } = {}) {
  for (;;) {
    const token = keptToken();
    const shown = token !== null && { Authorization: `Bearer ${token}` };
    const answer = await fetch(url, { ...request, headers: { ...request.headers, ...shown } });
    if (answer.status !== 401) return answer;
    asked ??= prompt(token !== null, mayCancel).finally(() => (asked = null));
    const entered = await asked;
    if (entered === null) return answer;
    keepToken(entered);
  }
}

/** Return the token that the user enters, null if that is cancelled. */
function prompt(wasRefused, mayCancel) {
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
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "submit", class: "primary" }, "Continue"),
      mayCancel && button("Cancel", () => dialog.close()),
    ),
  );
  const dialog = h("dialog", { "aria-label": "Control token" }, form);
  dialog.addEventListener("cancel", (event) => mayCancel || event.preventDefault());
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      resolve(input.value);
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      resolve(null); // which changes nothing after a submit
      dialog.remove();
    });
  });
}
