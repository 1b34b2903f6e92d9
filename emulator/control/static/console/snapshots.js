// Snapshots: keeping a sandbox as it is, going on from there, exchanging files with colleagues.

import { ask, download } from "./api.js";
import { button, code, h, moment } from "./dom.js";
import { act, confirmed, makeForm, makeNote, say } from "./forms.js";
import { place } from "./router.js";
import { plainTable } from "./table.js";

export function makeSnapshots({ changed }) {
  const list = h("div");
  const note = makeNote();
  const save = makeForm({
    fields: [{ name: "name", label: "Name", placeholder: "half-way", required: true }],
    action: "Save this sandbox",
    send: async ({ name }) => {
      await ask("POST", "/snapshots", { json: { name } });
      await changed();
      return `Saved as ${name}.`;
    },
  });
  const upload = h("input", {
    type: "file",
    accept: ".sqlite",
    onchange: () => takeIn(upload, note, changed),
  });
  const element = h(
    "div",
    { class: "page" },
    h(
      "section",
      { class: "part" },
      h("h2", {}, "Snapshots"),
      h(
        "p",
        { class: "muted" },
        "Data, ids, clock, rules, and all that waits. Any sandbox can go on from any snapshot.",
      ),
      list,
      note,
      save,
    ),
    h(
      "section",
      { class: "part" },
      h("h2", {}, "Upload"),
      h("label", { class: "field" }, "A file that was downloaded here or elsewhere", upload),
    ),
  );
  let shown = null;

  async function refresh() {
    const { snapshots } = await ask("GET", "/snapshots");
    const text = JSON.stringify(snapshots);
    if (text === shown) return;
    shown = text;
    const rows = snapshots.map((snapshot) => cells(snapshot, note, changed));
    list.replaceChildren(
      plainTable("Snapshots", ["Name", "Of sandbox", "Its time", "Size", ""], rows, "No snapshots."),
    );
  }

  return { element, refresh, clear: () => (shown = null), close: () => false };
}

function cells({ name, sandbox, at, size, problem }, note, changed) {
  const restore = () =>
    ask("POST", `/snapshots/${name}/restore`)
      .then(changed)
      .then(() => say(note, `Restored ${name}.`));
  const remove = () => ask("DELETE", `/snapshots/${name}`).then(changed);
  const buttons = h(
    "span",
    { class: "buttons" },
    ...(problem
      ? []
      : [
          button("Restore", () => confirmed(`Let ${place().sandbox} go on from ${name}?`, "Restore", restore), {
            class: "small",
            "aria-label": `Restore ${name}`,
          }),
        ]),
    button("Download", () => act(note, () => download(`/snapshots/${name}`, `${name}.sqlite`)), {
      class: "small",
      "aria-label": `Download ${name}`,
    }),
    button("Delete", () => confirmed(`Delete snapshot ${name}?`, "Delete", remove), {
      class: "small",
      "aria-label": `Delete ${name}`,
    }),
  );
  return [code(name), sandbox ?? "", problem ? h("span", { title: problem }, "can not be restored") : moment(at), `${Math.ceil(size / 1024)} KiB`, buttons];
}

/** The file's name becomes the snapshot's. */
async function takeIn(input, note, changed) {
  const [file] = input.files;
  if (!file) return;
  await act(note, async () => {
    const name = file.name.replace(/\.sqlite$/, "").toLowerCase();
    await ask("PUT", `/snapshots/${encodeURIComponent(name)}`, { file });
    await changed();
    return `Uploaded ${name}.`;
  });
  input.value = "";
}
