// Due events that crashed: set aside, to be retried or dropped.

import { ask } from "./api.js";
import { button, code, h } from "./dom.js";
import { act } from "./forms.js";
import { place } from "./router.js";

/** Make the list. What became of an event is said in `note`, as the list is gone with the last of them. */
export function makeFailures({ note, changed }) {
  const element = h("div", { class: "failures", role: "alert", hidden: true });
  const list = h("ul");
  let shown = null;
  element.append(list);

  /** Show the events that crashed; `number` says how many there are. */
  async function show(number) {
    element.hidden = number === 0;
    if (number === 0) return;
    const { sandbox } = place();
    const { events } = await ask("GET", "/clock/failed");
    const text = JSON.stringify(events);
    if (text === shown || sandbox !== place().sandbox) return;
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
      button("Retry", () => settle("POST", `${id}/retry`, `${event} ran.`), {
        class: "small",
        "aria-label": `Retry ${event} of ${subject}`,
      }),
      button("Drop", () => settle("DELETE", id, `Dropped ${event}.`), {
        class: "small",
        "aria-label": `Drop ${event} of ${subject}`,
      }),
    );
  }

  async function settle(method, path, said) {
    await act(note, () => ask(method, `/clock/failed/${path}`).then(() => said));
    await changed();
    note.focus();
  }

  return { element, show };
}
