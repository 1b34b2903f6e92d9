// The sandboxes: choosing one, making, resetting and deleting them, and how clients reach them.

import { ask } from "./api.js";
import { showBalances } from "./balances.js";
import { button, code, copyButton, copyable, h } from "./dom.js";
import { confirmed, makeForm, makeOption, openDialog } from "./forms.js";
import { adjust, go, pathOf, place } from "./router.js";

const MAIN = "default";

export function makeSandboxes(root, { changed, banner, news }) {
  const select = h("select", { id: "sandbox", onchange: () => go({ sandbox: select.value }) });
  const remove = button("Delete", () => confirmRemoval(changed, news), { class: "small" });
  root.append(
    h("label", { class: "field", for: "sandbox" }, "Sandbox"),
    select,
    button("Access", showAccess, { class: "small", title: "Addresses and credentials for clients" }),
    button("Money", () => showBalances(changed), { class: "small", title: "Balances; topping them up" }),
    button("New", () => createSandbox(changed), { class: "small" }),
    button("Reset", () => confirmReset(changed, news), { class: "small" }),
    remove,
  );
  let shown = null;

  async function refresh() {
    const { sandboxes, unclaimed } = await ask("GET", "/sandboxes");
    banner.show(unclaimed);
    const names = sandboxes.map((sandbox) => sandbox.name);
    const text = JSON.stringify(names);
    if (text !== shown) select.replaceChildren(...names.map((name) => makeOption(name)));
    shown = text;
    select.value = place().sandbox;
    remove.hidden = place().sandbox === MAIN;
  }

  return { refresh };
}

function createSandbox(changed) {
  const form = makeForm({
    className: "column",
    fields: [
      { name: "name", label: "Name", placeholder: "made up where none is given" },
      { name: "clock", label: "Clock", options: [["", "as the emulator's"], "frozen", "real"] },
      { name: "at", label: "Begins at, if not real", placeholder: "as the emulator's; now, epoch" },
      { name: "fixtures", label: "Accounts", options: [["", "as the emulator's"], "empty", "demo"] },
      { name: "seed", label: "Seed of its ids", type: "number", placeholder: "one of its own" },
      {
        name: "webhook_timestamp",
        label: "Date of webhooks",
        options: [["", "as the emulator's"], "machine", "sandbox"],
      },
      { name: "expires_after", label: "Delete it when unused for", placeholder: "never; 2h" },
    ],
    action: "Create sandbox",
    send: async (wanted) => {
      const { name } = await ask("POST", "/sandboxes", { json: wanted });
      await changed();
      go({ sandbox: name });
      return `Created ${name}.`;
    },
  });
  const dialog = openDialog("New sandbox", form);
  form.addEventListener("done", () => dialog.close());
}

function confirmReset(changed, news) {
  const { sandbox } = place();
  const reset = async () => {
    await ask("POST", "/reset");
    await changed();
    return `Reset ${sandbox}.`;
  };
  confirmed(`Reset ${sandbox} to what it was when it was new? What it has now is lost.`, "Reset", reset, news);
}

function confirmRemoval(changed, news) {
  const { sandbox } = place();
  const remove = async () => {
    await ask("DELETE", `/sandboxes/${pathOf(sandbox)}`);
    if (sandbox === place().sandbox) adjust({ sandbox: MAIN });
    await changed();
    return `Deleted ${sandbox}. This is ${MAIN}.`;
  };
  confirmed(`Delete ${sandbox}? Its credentials will open nothing any more.`, "Delete sandbox", remove, news);
}

async function showAccess() {
  const { sandbox } = place();
  const { access, environment_block } = await ask("GET", `/sandboxes/${pathOf(sandbox)}`);
  const rows = Object.entries(access).map(([provider, { base_url, credentials }]) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, provider),
      h("td", {}, copyable(base_url, `the address of ${provider}`)),
      h("td", {}, ...credentials.map((one) => copyable(one, `a credential of ${provider}`))),
    ),
  );
  const head = ["Provider", "Base URL", "Credentials, the usual one first"].map((title) =>
    h("th", { scope: "col" }, title),
  );
  openDialog(
    `Access to ${sandbox}`,
    h(
      "p",
      { class: "muted" },
      "The credential chooses the sandbox; nothing else in a client changes but the host.",
    ),
    h(
      "div",
      { class: "scroll" },
      h(
        "table",
        { class: "rows plain access" },
        h("thead", {}, h("tr", {}, ...head)),
        h("tbody", {}, ...rows),
      ),
    ),
    h(
      "div",
      { class: "titled" },
      h("h3", {}, "Environment"),
      copyButton(environment_block, "the environment"),
    ),
    h("pre", { tabindex: 0 }, code(environment_block)),
  );
}
