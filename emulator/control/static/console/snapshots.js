// Snapshots: keeping a sandbox as it is, going on from there, exchanging files with colleagues.

import { ask, download } from "./api.js";
import { button, code, h, moment } from "./dom.js";
import { act, confirmed, makeForm, makeNote } from "./forms.js";
import { place } from "./router.js";
import { plainTable, renew } from "./table.js";

export function makeSnapshots({ changed }) {
  const list = h("div");
  const note = makeNote();
  const save = makeForm({
    fields: [{ name: "name", label: "Name", placeholder: "half-way", required: true }],
    action: "Save this sandbox",
    send: ({ name }) => {
      const query = { sandbox: place().sandbox };
      const put = (replace) => ask("POST", "/snapshots", { query, json: { name, replace } });
      return keep({ name, put, said: `Saved as ${name}.`, note, changed });
    },
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
      h("p", { class: "muted" }, "A file that was downloaded here or elsewhere becomes a snapshot."),
      uploadForm(note, changed),
    ),
  );
  let shown = null;

  async function refresh() {
    const { snapshots } = await ask("GET", "/snapshots");
    const text = JSON.stringify(snapshots);
    if (text === shown) return;
    shown = text;
    const rows = snapshots.map((snapshot) => cells(snapshot, note, changed));
    renew(list, plainTable("Snapshots", ["Name", "Of sandbox", "Its time", "Size", ""], rows, "No snapshots."));
  }

  return { element, refresh, clear: () => (shown = null), close: () => false };
}

function cells({ name, sandbox, at, size, problem }, note, changed) {
  const restore = async () => {
    await ask("POST", `/snapshots/${name}/restore`);
    await changed();
    return `Restored ${name}.`;
  };
  const remove = async () => {
    await ask("DELETE", `/snapshots/${name}`);
    await changed();
    return `Deleted ${name}.`;
  };
  const question = () => `Let ${place().sandbox} go on from ${name}? What it has now is lost.`;
  const buttons = h(
    "span",
    { class: "buttons" },
    ...(problem
      ? []
      : [
          button("Restore", () => confirmed(question(), "Restore", restore, note), {
            class: "small",
            "aria-label": `Restore ${name}`,
          }),
        ]),
    button("Download", () => act(note, () => download(`/snapshots/${name}`, `${name}.sqlite`)), {
      class: "small",
      "aria-label": `Download ${name}`,
    }),
    button("Delete", () => confirmed(`Delete snapshot ${name}?`, "Delete", remove, note), {
      class: "small",
      "aria-label": `Delete ${name}`,
    }),
  );
  const time = problem ? `can not be restored: ${problem}` : moment(at);
  return [code(name), sandbox ?? "", time, `${Math.ceil(size / 1024)} KiB`, buttons];
}

/** Keep a snapshot. One that has its name is replaced only where the user says so. */
async function keep({ name, put, said, note, changed }) {
  const work = async (replace) => {
    await put(replace);
    await changed();
    return replace ? `Replaced ${name}.` : said;
  };
  const { snapshots } = await ask("GET", "/snapshots");
  if (!snapshots.some((snapshot) => snapshot.name === name)) return work(false);
  confirmed(`There is a snapshot ${name} already. Replace it?`, "Replace", () => work(true), note);
  return "";
}

function uploadForm(note, changed) {
  const form = makeForm({
    fields: [
      { name: "file", label: "File", type: "file", required: true },
      { name: "name", label: "Upload as", placeholder: "half-way", required: true },
    ],
    action: "Upload",
    send: ({ name }) => {
      const [content] = file.files;
      const put = (replace) =>
        ask("PUT", `/snapshots/${encodeURIComponent(name)}`, { query: { replace }, file: content });
      return keep({ name, put, said: `Uploaded ${name}.`, note, changed });
    },
  });
  const { file, name } = form.elements;
  file.accept = ".sqlite";
  file.addEventListener("change", () => (name.value = nameOf(file.files[0])));
  return form;
}

/** The file's name, made fit to be a snapshot's. */
function nameOf(file) {
  const words = (file?.name ?? "").replace(/\.sqlite$/i, "").toLowerCase().match(/[a-z0-9._]+/g) ?? [];
  return words.join("-").replace(/^[^a-z0-9]+/, "").slice(0, 63);
}
