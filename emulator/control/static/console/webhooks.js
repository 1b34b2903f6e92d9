// Webhooks: where events go, and what became of each delivery.

import { ask } from "./api.js";
import {
  body,
  button,
  clipped,
  code,
  copyButton,
  copyable,
  facts,
  folded,
  h,
  headers,
  moment,
  section,
} from "./dom.js";
import { act, confirmed, makeForm, makeNote } from "./forms.js";
import { messageLink } from "./messages.js";
import { makeFilters, makePanes } from "./panes.js";
import { address, pathOf, place } from "./router.js";
import { httpLabel, label } from "./status.js";
import { makeTable, plainTable, renew } from "./table.js";

const STATES = ["gathering", "waiting", "sending", "delivered", "failed", "dropped", "held"];

/** What a target of RCS may be to the account: by default it is told of all messages. */
const FIELDS = [
  ["", "none: all messages"],
  ["callback_url_for_rcs", "Callback URL For RCS"],
  ["callback_url", "Callback URL"],
];

export function makeWebhooks({ providers, changed }) {
  const targets = makeTargets(providers, changed);
  const filters = makeFilters([
    { name: "type", label: "Type", placeholder: "email.delivered", isWhole: true },
    { name: "provider", label: "Provider", options: providers },
    { name: "state", label: "State", options: STATES },
  ]);
  const table = makeTable({
    name: "Deliveries",
    columns: [
      { title: "No.", cell: (delivery) => delivery.id, className: "number" },
      { title: "Made", cell: (delivery) => moment(delivery.created_at), className: "time" },
      { title: "Type", cell: (delivery) => code(delivery.types.join(", ")) },
      { title: "State", cell: (delivery) => label(delivery.state) },
      { title: "Attempts", cell: attemptsInShort },
      { title: "To", cell: (delivery) => code(delivery.url), className: "fill" },
      { title: "Next attempt", cell: (delivery) => moment(delivery.next_attempt_at), className: "time wide" },
    ],
    key: (delivery) => delivery.id,
    href: (delivery) => address({ item: delivery.id }),
    empty: "No deliveries yet. The active targets above are told of what happens from now on: add one, or switch one on.",
  });

  async function load(wanted, limit) {
    const query = { ...wanted, order: "newest", limit };
    const [{ deliveries, total }] = await Promise.all([
      ask("GET", "/webhooks/deliveries", { query }),
      targets.refresh(),
    ]);
    return { items: deliveries, total };
  }

  const note = makeNote();
  filters.element.append(
    button("Replay all of these", () => replayAll(note, changed), { class: "small" }),
    note,
  );
  const inspect = (item) => ask("GET", `/webhooks/deliveries/${pathOf(item)}`);
  const panes = makePanes({
    filters,
    table,
    load,
    inspect,
    open: (item) => openDelivery(item, changed),
    above: targets.element,
  });
  const clear = () => {
    targets.clear();
    panes.clear();
  };
  return { ...panes, clear };
}

async function replayAll(note, changed) {
  await act(note, async () => {
    const { replayed } = await ask("POST", "/webhooks/replay", { json: place().filters });
    return `Replayed ${replayed}.`;
  });
  await changed();
}

function attemptsInShort({ attempts }) {
  const last = attempts.at(-1);
  if (!last) return h("span", { class: "muted" }, "none yet");
  return [`${attempts.length} × `, last.status === null ? label("no answer", "bad") : httpLabel(last.status)];
}

function openDelivery(item, changed) {
  const about = h("div");
  const note = makeNote();
  const replay = button("Replay", () => again(), { class: "primary" });
  const attempts = h("div");
  const element = h("div", {}, about, h("div", { class: "buttons part" }, replay, note), attempts);

  async function again() {
    await act(note, async () => {
      const delivery = await ask("POST", `/webhooks/deliveries/${pathOf(item)}/replay`);
      return `Replayed: ${delivery.state}, attempt ${delivery.attempts.length}.`;
    });
    await changed();
  }

  function update(delivery) {
    about.replaceChildren(
      facts({
        State: label(delivery.state),
        Type: code(delivery.types.join(", ")),
        To: code(delivery.url),
        Made: moment(delivery.created_at),
        "Next attempt": moment(delivery.next_attempt_at),
        Message: messageLink(delivery.message_id),
        Name: copyable(delivery.name, "the delivery's name"),
      }),
    );
    attempts.replaceChildren(
      section("Body", body(delivery.body)),
      ...delivery.attempts.map(attempt).reverse(),
    );
    return `${delivery.id}: ${delivery.provider}`;
  }

  return { element, update };
}

/** One attempt, counted over all replays. */
function attempt({ at, status, error, duration_ms, request_headers, answer_headers, answer_body }, index) {
  const outcome = status === null ? label("no answer", "bad") : httpLabel(status);
  const head = h(
    "p",
    { class: "line" },
    outcome,
    moment(at),
    h("span", { class: "muted" }, `${duration_ms} ms`),
  );
  const problem = error && h("p", { class: "note", "data-tone": "bad" }, error);
  const details = [
    h("h4", {}, "Sent headers"),
    headers(request_headers),
    h("h4", {}, "Answer headers"),
    headers(answer_headers),
    h("h4", {}, "Answer body"),
    body(answer_body),
  ];
  return section(`Attempt ${index + 1}`, head, problem, folded("Headers and answer", ...details));
}

function makeTargets(providers, changed) {
  const list = h("div");
  const note = makeNote();
  const form = makeForm({
    fields: [
      { name: "provider", label: "Provider", options: providers },
      { name: "url", label: "Address", placeholder: "http://127.0.0.1:9000/hooks", required: true },
      { name: "events", label: "Types", placeholder: "all; or separated by commas" },
      { name: "field", label: "Field of the RCS account", options: FIELDS },
    ],
    action: "Add target",
    send: async ({ events = "", field, ...target }) => {
      const types = events
        .split(",")
        .map((type) => type.trim())
        .filter(Boolean);
      const settings = field === undefined ? {} : { field };
      await ask("POST", "/webhooks/targets", { json: { ...target, events: types, settings } });
      await changed();
      return "Added.";
    },
  });
  const { provider } = form.elements;
  const showField = () => {
    form.querySelector("[data-name=field]").hidden = provider.value !== "rcs";
  };
  provider.addEventListener("change", showField);
  showField();
  let shown = null;

  async function refresh() {
    const { sandbox } = place();
    const { targets } = await ask("GET", "/webhooks/targets");
    const text = JSON.stringify(targets);
    if (text === shown || sandbox !== place().sandbox) return;
    shown = text;
    renew(
      list,
      plainTable(
        "Targets",
        ["Provider", "Address", "Types", "Secret", "State", ""],
        targets.map((target) => row(target)),
        "No targets.",
      ),
    );
  }

  function clear() {
    shown = null;
    list.replaceChildren();
  }

  function row(target) {
    const { id, provider, url, events, secret, settings, problem, is_active, failures } = target;
    const state = [
      label(is_active ? "active" : "off", is_active ? "ok" : "wait"),
      failures > 0 && label(`${failures} failed`, "bad"),
      problem && h("p", { class: "note", "data-tone": "bad" }, problem),
    ];
    const types = events.length ? events.join(", ") : h("span", { class: "muted" }, "all");
    const set = Object.entries(settings).map(([name, value]) => h("div", {}, code(`${name}: ${value}`)));
    return [
      provider,
      h("code", { class: "whole" }, url),
      [types, ...set],
      secret && h("span", { class: "buttons" }, clipped(secret), copyButton(secret, "the secret")),
      state,
      h("span", { class: "buttons" }, ...buttonsOf(target)),
    ];
  }

  function buttonsOf({ id, is_active }) {
    const way = is_active ? "off" : "on";
    const turn = async () => {
      await ask("PATCH", `/webhooks/targets/${id}`, { json: { is_active: !is_active } });
      await changed();
      return `Switched ${way} target ${id}.`;
    };
    const remove = async () => {
      await ask("DELETE", `/webhooks/targets/${id}`);
      await changed();
      return `Deleted target ${id}.`;
    };
    return [
      button(`Switch ${way}`, () => act(note, turn), {
        class: "small",
        "aria-label": `Switch ${way} target ${id}`,
        "data-use": `switch ${id}`,
      }),
      button("Delete", () => confirmed(`Delete target ${id}?`, "Delete", remove, note), {
        class: "small",
        "aria-label": `Delete target ${id}`,
      }),
    ];
  }

  const element = h(
    "section",
    { class: "part above" },
    h("h2", {}, "Targets"),
    list,
    note,
    folded("Add a target", form),
    h("h2", {}, "Deliveries"),
  );
  return { element, refresh, clear };
}
