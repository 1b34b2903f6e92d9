// The console: tabs over the parts of a sandbox, which look again whenever something happens in it.

import { Refusal, Unreachable, ask } from "./api.js";
import { makeBanner } from "./banner.js";
import { makeClock } from "./clock.js";
import { button, h } from "./dom.js";
import { follow } from "./feed.js";
import { clearNotes, closeDialogs, makeNote, say } from "./forms.js";
import { makeJobs } from "./jobs.js";
import { listenToKeys, showKeys } from "./keys.js";
import { makeLive } from "./live.js";
import { makeMessages } from "./messages.js";
import { makeRequests } from "./requests.js";
import { adjust, go, onArrival, place } from "./router.js";
import { makeRules } from "./rules.js";
import { makeSandboxes } from "./sandboxes.js";
import { makeSnapshots } from "./snapshots.js";
import { label } from "./status.js";
import { makeWebhooks } from "./webhooks.js";

const LOOK_EVERY = 2000; // the feed tells nothing of resets, rules, targets and snapshots
const TOGETHER = 150; // how long news is gathered at least before the page looks
const SHARE = 3; // and at least so many times what the last look took, as what happens waits for the looks
const AT_REST = 10; // so many times while nothing happens: thousands of rows are not asked for every 2 seconds

const TABS = {
  jobs: ["Jobs", makeJobs],
  messages: ["Messages", makeMessages],
  requests: ["Requests", makeRequests],
  webhooks: ["Webhooks", makeWebhooks],
  rules: ["Rules", makeRules],
  snapshots: ["Snapshots", makeSnapshots],
  live: ["Live", makeLive],
};

const CONNECTIONS = {
  live: ["live", "ok", "The page is told what happens, and looks every 2 seconds for what else was changed"],
  polling: ["every 2 s", "wait", "This emulator has no feed: the page looks every 2 seconds"],
  lost: ["not reachable", "bad", "The page tries again every 2 seconds"],
};

const part = (id) => document.getElementById(id);
const views = new Map();
const remembered = new Map();
const news = makeNote();
const problem = h("p", { class: "note problem", "data-tone": "bad", role: "alert" });
let clock;
let sandboxes;
let following = new AbortController();
let followed = null;
let shown = null;
let connection = null;
let looking = null;
let isStale = false;
let planned = 0;
let lookTook = 0;
let lookedAt = 0;

async function start() {
  part("content").append(problem, news);
  const { access } = await firstAnswer();
  const tools = { providers: Object.keys(access), changed: look };
  clock = makeClock(part("clock"), tools);
  sandboxes = makeSandboxes(part("sandboxes"), { ...tools, news, banner: makeBanner(part("banner"), tools) });
  for (const [name, [title, make]] of Object.entries(TABS)) addTab(name, title, make(tools));
  part("tabs").addEventListener("keydown", walkTabs);
  onArrival(arrive);
  arrive();
  const isSoon = () => performance.now() - lookedAt < AT_REST * lookTook;
  setInterval(() => document.hidden || looking || isSoon() || look(), LOOK_EVERY);
  document.addEventListener("visibilitychange", () => document.hidden || look());
}

/** Ask for what the page is made by, until the emulator answers. */
async function firstAnswer() {
  for (;;) {
    try {
      return await ask("GET", "/sandboxes/default");
    } catch (error) {
      if (error instanceof Unreachable) showConnection("lost");
      else explain(error.message);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

function addTab(name, title, view) {
  const tab = button(title, () => go({ tab: name, ...remembered.get(name) }), {
    role: "tab",
    id: `tab-${name}`,
    "aria-controls": `panel-${name}`,
  });
  const panel = h(
    "div",
    { role: "tabpanel", id: `panel-${name}`, "aria-labelledby": tab.id, hidden: true },
    view.element,
  );
  part("tabs").append(tab);
  part("content").append(panel);
  views.set(name, { view, tab, panel });
}

const current = () => views.get(place().tab);

function walkTabs(event) {
  const tabs = [...part("tabs").children];
  const index = tabs.indexOf(event.target);
  const next = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  const tab = tabs[(next + tabs.length) % tabs.length];
  tab.focus();
  tab.click();
}

/** Show the place that the address names. A tab that there is not is left for the first one. */
function arrive() {
  const { sandbox, tab, item, filters } = place();
  if (!views.has(tab)) {
    adjust({ tab: "jobs" });
    return say(news, `There is no tab ${tab}: the address has its name wrong. This is Jobs.`, "bad");
  }
  if (item !== "" && !current().view.takeFocus) return adjust({ item: "" }); // the tab has no items
  say(news, "");
  if (sandbox !== followed) enter(sandbox);
  remembered.set(tab, { item, filters });
  if (current() !== shown) turnTo(current(), item);
  current().tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  document.title = `${current().tab.textContent} · ${sandbox} · Messaging emulator`;
  look();
}

/** Show another tab. What the user did on the one before is told no more, and the focus goes along. */
function turnTo(next, item) {
  if (shown) clearNotes(shown.panel);
  const had = [...views.values()].some(({ panel, tab }) => [panel, tab].some((one) => one.contains(document.activeElement)));
  shown = next;
  for (const one of views.values()) {
    const isShown = one === next;
    one.panel.hidden = !isShown;
    one.tab.setAttribute("aria-selected", String(isShown));
    one.tab.tabIndex = isShown ? 0 : -1;
  }
  if (!had || document.activeElement === next.tab) return;
  if (item === "") next.tab.focus();
  else next.view.takeFocus();
}

/** Leave what is shown of another sandbox, and follow this one. */
function enter(sandbox) {
  followed = sandbox;
  remembered.clear();
  closeDialogs();
  clearNotes();
  for (const { view } of views.values()) view.clear();
  following.abort();
  following = new AbortController();
  const live = views.get("live").view;
  follow({ sandbox, signal: following.signal, tell: hear, state: connected });

  function hear(event) {
    live.tell(event);
    planned ||= setTimeout(() => ((planned = 0), look()), Math.max(TOGETHER, SHARE * lookTook));
  }

  function connected(state) {
    live.state(state);
    showConnection(state);
    if (state === "live") look();
  }
}

function showConnection(state) {
  if (connection === state) return;
  connection = state;
  const [text, tone, meaning] = CONNECTIONS[state];
  part("connection").replaceChildren(label(text, tone));
  part("connection").title = meaning;
}

/** Look at everything that is in sight. Answer when that is done; what is asked for meanwhile is done too. */
function look() {
  isStale = true;
  looking ??= lookWhileStale().finally(() => (looking = null));
  return looking;
}

async function lookWhileStale() {
  while (isStale) {
    isStale = false;
    const since = performance.now();
    await attempt(async () => {
      await Promise.all([clock.refresh(), sandboxes.refresh(), current().view.refresh()]);
      explain("");
    });
    lookedAt = performance.now();
    lookTook = lookedAt - since;
  }
}

async function attempt(work) {
  try {
    await work();
    if (connection === "lost") showConnection("polling");
  } catch (error) {
    if (error instanceof Unreachable) showConnection("lost");
    else if (error instanceof Refusal) await leaveOr(error);
    else throw error;
  }
}

/** A sandbox that is gone is left for the default one, without a step that leads back; other refusals are shown. */
async function leaveOr(refusal) {
  const { sandbox } = place();
  const { sandboxes: all } = await ask("GET", "/sandboxes").catch(() => ({ sandboxes: [{ name: sandbox }] }));
  if (sandbox !== place().sandbox) return;
  if (all.some(({ name }) => name === sandbox)) return explain(refusal.message);
  adjust({ sandbox: "default" });
  const why = "it was deleted, it was unused for too long, or the address has its name wrong";
  say(news, `There is no sandbox ${sandbox}: ${why}. This is default.`, "bad");
}

function explain(text) {
  if (problem.textContent !== text) problem.textContent = text;
}

function search() {
  current().panel.querySelector('input[type="search"]')?.focus();
}

part("help").addEventListener("click", showKeys);
part("skip").addEventListener("click", (event) => {
  event.preventDefault();
  part("content").focus();
});
window.addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof Refusal || event.reason instanceof Unreachable) {
    event.preventDefault();
    say(news, event.reason.message, "bad");
  }
});
listenToKeys({ search, close: () => current().view.close() });
start();
