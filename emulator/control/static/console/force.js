// A form that sets the status of a job or message: as its statuses lead there, or by force.

import { ask } from "./api.js";
import { makeForm, makeOption } from "./forms.js";

/** Make the form. `usual` says how it is done without force; `offer(statuses, now)` says which there are. */
export function makeForceForm({ label, path, usual, changed }) {
  const fields = [
    { name: "status", label, options: [] },
    {
      name: "force",
      label: "How",
      options: [
        ["", usual],
        ["true", "by force"],
      ],
    },
  ];
  const element = makeForm({ fields, action: "Set", weight: "plain", send });
  const select = element.elements.status;
  let picked = null; // what the user chose and did not send yet
  select.addEventListener("change", () => (picked = select.value));

  async function send({ status, force }) {
    const { status: reached } = await ask("POST", path, { json: { status, force: force === "true" } });
    picked = null;
    await changed();
    return `Set to ${reached.replaceAll("_", " ")}.`;
  }

  function offer(statuses, now) {
    const chosen = statuses.includes(picked) ? picked : now;
    const options = statuses.map((status) => makeOption([status, status.replaceAll("_", " ")], chosen));
    select.replaceChildren(...options);
  }

  return { element, offer };
}
