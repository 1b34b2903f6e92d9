// Live: what happens in the sandbox, the newest first, each line a link to what it is about.

import { button, code, h, moment } from "./dom.js";
import { address } from "./router.js";
import { httpLabel, label } from "./status.js";

const MOST = 500;

export function makeLive() {
  const lines = h("ol", { class: "live", "aria-label": "What happens" });
  const nothing = h("p", { class: "empty" });
  const pause = button("Pause", turn, { "aria-pressed": "false" });
  const waiting = h("span", { class: "muted", role: "status" });
  const tools = h("div", { class: "tools" }, pause, button("Clear", clear), waiting);
  const element = h(
    "div",
    { class: "panes" },
    h("div", { class: "list" }, tools, nothing, h("div", { class: "scroll" }, lines)),
  );
  let held = null;

  function tell(event) {
    if (held === null) return put(event);
    held.push(event);
    if (held.length > MOST) held.shift();
    waiting.textContent = `${held.length} waiting`;
  }

  function put(event) {
    nothing.hidden = true;
    lines.prepend(lineOf(event));
    while (lines.children.length > MOST) lines.lastElementChild.remove();
  }

  function turn() {
    const kept = held;
    held = kept === null ? [] : null;
    kept?.forEach(put);
    waiting.textContent = "";
    pause.textContent = held === null ? "Pause" : "Resume";
    pause.setAttribute("aria-pressed", String(held !== null));
  }

  function clear() {
    lines.replaceChildren();
    nothing.hidden = false;
    if (held !== null) held = [];
    waiting.textContent = "";
  }

  function state(name) {
    nothing.textContent =
      name === "polling"
        ? "This emulator has no live feed. The other tables look every two seconds."
        : "Nothing has happened since this page was opened.";
  }

  return { element, tell, state, clear, refresh: async () => {}, close: () => false };
}

function lineOf({ kind, data }) {
  const { text, place } = (LINES[kind] ?? other)(data);
  const at = data.at && moment(data.at);
  const words = place ? h("a", { href: address(place) }, ...text) : h("span", {}, ...text);
  return h("li", { "data-kind": kind }, h("span", { class: "kind" }, kind), at, words);
}

const LINES = {
  request: ({ number, method, path, status, provider, unread = [] }) => ({
    text: [
      httpLabel(status),
      ` ${provider} `,
      h("b", {}, method),
      " ",
      code(path),
      unread.length > 0 && ` ${unread.length} unread`,
    ],
    place: { tab: "requests", item: number },
  }),
  transition: ({ job, id = job, from, action, to, status = to }) => ({
    text: [
      label(status),
      ` ${id}`,
      h("span", { class: "muted" }, from && ` was ${from}`, action && `, ${action}`),
    ],
    place: id && { tab: "jobs", item: id },
  }),
  message: ({ id, message_id, recipient, status }) => ({
    text: [label(status ?? "message"), ` ${recipient ?? `message ${id ?? message_id}`}`],
    place: { tab: "messages", item: id ?? message_id },
  }),
  delivery: ({ id, delivery_id, type, state, url }) => ({
    text: [label(state ?? "delivery"), ` ${type ?? ""} `, code(url ?? "")],
    place: { tab: "webhooks", item: id ?? delivery_id },
  }),
  dropped: ({ number }) => ({ text: [`${number ?? "Some"} events were lost on the way.`] }),
};

function other(data) {
  return { text: [code(JSON.stringify(data))] };
}
