// Live: what happens in the sandbox, the newest first, each line a link to what it is about.

import { apart, button, code, counted, h, moment } from "./dom.js";
import { address } from "./router.js";
import { httpLabel, label } from "./status.js";

const MOST = 500;

export function makeLive() {
  const lines = h("ol", { class: "live", "aria-label": "What happens" });
  const nothing = h("p", { class: "empty" });
  const pause = button("Pause", turn, { "aria-pressed": "false" });
  const waiting = h("span", { class: "muted", role: "status" });
  const tools = h("div", { class: "tools" }, pause, button("Clear", () => empty("the list was cleared")), waiting);
  const element = h(
    "div",
    { class: "panes" },
    h("div", { class: "list" }, tools, nothing, h("div", { class: "scroll" }, lines)),
  );
  let held = null;
  let since = "this page was opened";
  let hasFeed = true;

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

  function empty(reason) {
    since = reason;
    lines.replaceChildren();
    nothing.hidden = false;
    if (held !== null) held = [];
    waiting.textContent = "";
    explain();
  }

  function state(name) {
    hasFeed = name !== "polling";
    explain();
  }

  function explain() {
    nothing.textContent = hasFeed
      ? `Nothing has happened since ${since}.`
      : "This emulator has no live feed. The other tables look every two seconds.";
  }

  const clear = () => empty("the page came to this sandbox");
  return { element, tell, state, clear, refresh: async () => {}, close: () => false };
}

function lineOf({ kind, data }) {
  const { text, place } = (LINES[kind] ?? other)(data);
  const at = data.at && moment(data.at);
  const words = place ? h("a", { href: address(place) }, ...text) : h("span", {}, ...text);
  return h("li", { "data-kind": kind }, h("span", { class: "kind" }, kind), at, words);
}

const LINES = {
  request: ({ number, provider, method, path, status, unread }) => ({
    text: [httpLabel(status), ` ${provider} `, h("b", {}, method), " ", code(path), unreadOf(unread)],
    place: { tab: "requests", item: number },
  }),
  transition: ({ job, from, to }) => ({
    text: [label(to), ` ${job}`, h("span", { class: "muted" }, ` was ${from.replaceAll("_", " ")}`)],
    place: { tab: "jobs", item: job },
  }),
  message: ({ id, provider, channel, recipient, status }) => ({
    text: [label(status), " ", apart(recipient), h("span", { class: "muted" }, ` ${provider} ${channel}`)],
    place: { tab: "messages", item: id },
  }),
  delivery: ({ id, types, state, url, error }) => ({
    text: [label(state), " ", code(types.join(", ")), " to ", code(url), error && ` ${error}`],
    place: { tab: "webhooks", item: id },
  }),
  dropped: ({ number }) => ({
    text: [`${number === null ? "Some events" : counted(number, "event")} got lost on the way.`],
  }),
};

const unreadOf = (unread) => unread.length > 0 && [" ", label(`${unread.length} unread`, "warn")];

function other(data) {
  return { text: [code(JSON.stringify(data))] };
}
