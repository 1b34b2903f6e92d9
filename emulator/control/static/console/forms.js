// Small forms and buttons that act, and say next to themselves what came of it.

import { button, h } from "./dom.js";

/** A place where the result of an action is said, also aloud. */
export function makeNote() {
  return h("p", { class: "note", role: "status", tabindex: -1 });
}

export function say(note, text, tone = "ok") {
  note.textContent = text;
  note.title = text;
  note.dataset.tone = tone;
}

/** Do something and say what came of it. Answer whether it went well. */
export async function act(note, work) {
  try {
    say(note, (await work()) ?? "Done.");
    return true;
  } catch (error) {
    say(note, error.message, "bad");
    return false;
  }
}

/** Make a form of `fields`: {name, label, type?, options?, placeholder?, required?, value?}. `send` gets what was said. */
export function makeForm({ fields, action, send, className = "row", weight = "primary" }) {
  const note = makeNote();
  const inputs = fields.map((field) => [field, makeInput(field)]);
  const labels = inputs.map(([field, input]) =>
    h("label", { class: "field", "data-name": field.name }, field.label, input),
  );
  const submit = h("button", { type: "submit", class: weight }, action);
  const form = h("form", { class: `form ${className}`, autocomplete: "off" }, ...labels, submit, note);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await act(note, () => send(valuesOf(inputs), form))) form.dispatchEvent(new Event("done"));
  });
  return form;
}

function makeInput({ name, type = "text", options, placeholder, required, value = "" }) {
  if (options) return h("select", { name }, ...options.map((option) => makeOption(option, value)));
  const bounds = type === "number" ? { min: 0, step: 1 } : {};
  return h("input", { type, name, placeholder, required, value, spellcheck: "false", ...bounds });
}

/**
 * Show the fields that go with the chosen action, by `ofAction`, beside those that go with any. Those of them that are
 * `needed` have to be filled in. Answer what does that again.
 */
export function fitTo(form, ofAction, needed) {
  const { action } = form.elements;
  const special = new Set(Object.values(ofAction).flat());
  const fit = () => {
    for (const field of form.querySelectorAll("label[data-name]")) {
      const { name } = field.dataset;
      field.hidden = special.has(name) && !ofAction[action.value]?.includes(name);
      if (needed.includes(name)) form.elements[name].required = !field.hidden;
    }
  };
  action.addEventListener("change", fit);
  fit();
  return fit;
}

/** An option of a select: a value, or a value and what is shown for it. */
export function makeOption(option, chosen = null) {
  const [value, text] = Array.isArray(option) ? option : [option, option];
  return h("option", { value, selected: value === chosen }, text);
}

function valuesOf(inputs) {
  const said = inputs
    .filter(([, input]) => input.value.trim() !== "" && !input.closest("label").hidden)
    .map(([field, input]) => [
      field.name,
      field.type === "number" ? Number(input.value) : input.value.trim(),
    ]);
  return Object.fromEntries(said);
}

/** Open a dialog; it is gone when it is closed, and the focus is back where it was. */
export function openDialog(title, ...children) {
  const close = button("Close", () => dialog.close(), { class: "quiet" });
  const dialog = h(
    "dialog",
    { "aria-label": title },
    h("div", { class: "titled" }, h("h2", {}, title), close),
    ...children,
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("input")?.focus();
  return dialog;
}

/** Ask before something that can not be undone. */
export function confirmed(question, action, work) {
  const note = makeNote();
  const go = button(action, async () => (await act(note, work)) && dialog.close(), { class: "danger" });
  const stay = button("Cancel", () => dialog.close());
  const dialog = openDialog(question, h("div", { class: "buttons" }, stay, go), note);
}
