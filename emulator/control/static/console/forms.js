// Small forms and buttons that act, and say next to themselves what came of it.

import { button, h, once } from "./dom.js";
import { place } from "./router.js";

const dialogs = new Set();

/** A place where the result of an action is said, also aloud. */
export function makeNote() {
  return h("p", { class: "note", role: "status", tabindex: -1 });
}

export function say(note, text, tone = "ok") {
  note.textContent = text;
  note.title = text;
  note.dataset.tone = tone;
}

/** Forget what the notes of the page, or of a part of it, say: the user has gone elsewhere. */
export function clearNotes(within = document) {
  for (const note of within.querySelectorAll(".note[role=status]")) say(note, "");
}

/** Do something and say what came of it, unless the page went to another sandbox. Answer whether it went well. */
export async function act(note, work) {
  const { sandbox } = place();
  const tell = (...said) => sandbox === place().sandbox && say(note, ...said);
  try {
    tell((await work()) ?? "Done.");
    return true;
  } catch (error) {
    tell(error.message, "bad");
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
  const work = async () => {
    if (await act(note, () => send(valuesOf(inputs), form))) form.dispatchEvent(new Event("done"));
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    once(submit, work);
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
  dialog.addEventListener("close", () => {
    dialogs.delete(dialog);
    dialog.remove();
  });
  dialogs.add(dialog);
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("input")?.focus();
  return dialog;
}

/** Close the dialogs that are open: what they would do was meant for the sandbox that the page leaves. */
export function closeDialogs() {
  for (const dialog of dialogs) dialog.close();
}

/**
 * Ask before something that can not be undone. What `work` answers is said in `note`, where the user looks next;
 * the focus goes there if what had it is gone.
 */
export function confirmed(question, action, work, note) {
  const refusal = makeNote();
  const carryOut = async () => {
    let result;
    if (!(await act(refusal, async () => (result = await work())))) return;
    dialog.close();
    say(note, result);
    if ([document.body, go].includes(document.activeElement)) note.focus();
  };
  const go = button(action, carryOut, { class: "danger" });
  const stay = button("Cancel", () => dialog.close());
  const dialog = openDialog(question, h("div", { class: "buttons" }, stay, go), refusal);
}
