// Due events that crashed: set aside, to be retried or dropped.

import { ask } from "./api.js";
import { button, code, h } from "./dom.js";
import { act, makeNote } from "./forms.js";

export function makeFailures({ changed }) {
  const element = h("div", { class: "failures", role: "alert", hidden: true });
  const list = h("ul");
  const note = makeNote();
  let shown = null;
  element.append(list, note);

  /** Show the events that crashed; `number` says how many there are. */
  async function show(number) {
    element.hidden = number === 0;
    if (number === 0) return;
    const { events } = await ask("GET", "/clock/failed");
    const text = JSON.stringify(events);
    if (text === shown) return;
    shown = text;
    list.replaceChildren(...events.map(line));
  }

  function line({ id, event, subject, due, error, trace }) {
    return h(
      "li",
      { title: trace },
      h("strong", {}, "Crashed: "),
      code(event),
      ` of ${subject}, due ${due.slice(0, 19).replace("T", " ")}: ${error} `,
      button("Retry", () => retry(id), { class: "small" }),
      button("Drop", () => drop(id), { class: "small" }),
    );
  }

  async function retry(id) {
    await act(note, async () => {
      await ask("POST", `/clock/failed/${id}/retry`);
      return "It ran.";
    });
    await changed();
  }

  async function drop(id) {
    await act(note, () => ask("DELETE", `/clock/failed/${id}`).then(() => "Dropped."));
    await changed();
  }

  return { element, show };
}
