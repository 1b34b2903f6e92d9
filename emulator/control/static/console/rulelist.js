// One list of rules: what there is, a form that adds, buttons that delete.

import { Refusal, ask } from "./api.js";
import { button, folded, h } from "./dom.js";
import { act, confirmed, makeNote } from "./forms.js";
import { place } from "./router.js";
import { plainTable, renew } from "./table.js";

/** Make a list of the rules at `path`. `columns` are cells by title; `learn` sees each answer whole. */
export function makeRuleList({
  title,
  explanation,
  path,
  field,
  columns,
  form,
  adds,
  learn,
  after,
  changed,
}) {
  const list = h("div");
  const note = makeNote();
  const all = button("Delete all", removeAll, { class: "small", "aria-label": `Delete all: ${title}` });
  const heading = h("h2", { tabindex: -1 }, title);
  const adding = folded(adds, form);
  adding.hidden = true;
  const head = h("div", { class: "titled" }, heading, all);
  const element = h(
    "section",
    { class: "part" },
    head,
    h("p", { class: "muted" }, explanation),
    list,
    note,
    adding,
    after,
  );
  let shown = null;

  async function refresh() {
    const { sandbox } = place();
    const answer = await ask("GET", path).catch(unlessMissing);
    const text = JSON.stringify(answer);
    if (text === shown || sandbox !== place().sandbox) return;
    shown = text;
    adding.hidden = answer === null;
    if (answer !== null) learn?.(answer);
    draw(answer?.[field] ?? [], answer === null ? "This emulator has none of these." : "None.");
  }

  function draw(rules, empty) {
    const titles = ["No.", ...Object.keys(columns), ""];
    const rows = rules.map((rule) => [
      rule.id,
      ...Object.values(columns).map((cell) => cell(rule)),
      deleter(rule),
    ]);
    all.hidden = rules.length === 0;
    renew(list, plainTable(title, titles, rows, empty));
  }

  function deleter({ id }) {
    const remove = () =>
      act(note, () =>
        ask("DELETE", `${path}/${id}`)
          .then(changed)
          .then(() => `Deleted rule ${id}.`),
      );
    return button("Delete", () => remove().then(() => heading.focus()), {
      class: "small",
      "aria-label": `Delete rule ${id} of ${title}`,
    });
  }

  function removeAll() {
    const work = async () => {
      await ask("DELETE", path);
      await changed();
      return `Deleted all of ${title}.`;
    };
    confirmed(`Delete all: ${title}?`, "Delete all", work, note);
  }

  function clear() {
    shown = null;
    all.hidden = true;
    list.replaceChildren();
  }

  return { element, refresh, clear };
}

function unlessMissing(error) {
  if (error instanceof Refusal && error.status === 404) return null;
  throw error;
}
