// The clock of the sandbox: always in sight, with the buttons that move it.

import { ask } from "./api.js";
import { button, counted, h, once } from "./dom.js";
import { act, makeNote, say } from "./forms.js";
import { makeFailures } from "./failures.js";
import { place } from "./router.js";
import { label } from "./status.js";

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
];

export function makeClock(root, { changed }) {
  const date = h("span", { class: "date" });
  const time = h("span", { class: "time" });
  const zone = h("span", { class: "zone" });
  const mode = h("span");
  const next = h("span", { class: "next" });
  const note = makeNote();
  const turn = button("Freeze", () => move(state.speed > 0 ? { freeze: true } : { speed: speedBefore() }));
  const jump = button("To the next event", () => move({ next_event: true }));
  const own = h("input", {
    name: "advance",
    placeholder: "1d12h",
    "aria-label": "Advance by",
    size: 7,
    required: true,
  });
  const submit = h("button", { type: "submit" }, "Advance");
  const form = h("form", { class: "own", autocomplete: "off" }, own, submit);
  const steps = ["1m", "1h", "1d"].map((step) => button(`+${step}`, () => move({ advance: step })));
  const failures = makeFailures({
    note,
    async changed() {
      await refresh();
      await changed();
    },
  });
  const speeds = new Map(); // at which each sandbox ran when it was last seen running
  const speedBefore = () => speeds.get(place().sandbox) ?? 1;
  let state = { now: "", speed: 0, next_event: null };
  let since = 0;
  let moves = 0; // a look that began before the last of them is out of date

  root.append(
    h(
      "div",
      { class: "face" },
      h("div", { class: "now", role: "timer", "aria-label": "Now in the sandbox, UTC" }, date, time, zone),
      mode,
    ),
    h(
      "div",
      { class: "buttons" },
      turn,
      h("span", { class: "joined", role: "group", "aria-label": "Advance by" }, ...steps),
      form,
      jump,
    ),
    next,
    note,
    failures.element,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    once(submit, () => move({ advance: own.value.trim() }));
  });
  setInterval(() => state.speed > 0 && !document.hidden && tick(), 200);

  async function move(change) {
    await act(note, async () => {
      const { sandbox } = place();
      const answer = await ask("POST", "/clock", { json: change });
      moves += 1;
      if (sandbox === place().sandbox) show(answer);
      return said(change, answer);
    });
    await changed();
  }

  async function refresh() {
    const { sandbox } = place();
    const before = moves;
    const answer = await ask("GET", "/clock");
    if (sandbox === place().sandbox && before === moves) show(answer);
  }

  /** What was said of a time that is no more, as after a reset, or of another pace, holds no longer. */
  function show(answer) {
    if (answer.now < state.now || answer.mode !== state.mode) say(note, "");
    state = answer;
    if (state.speed > 0) speeds.set(place().sandbox, state.speed);
    since = performance.now();
    mode.replaceChildren(label(pace(state), state.speed > 0 ? "run" : "ok"));
    turn.textContent = state.speed > 0 ? "Freeze" : "Run";
    jump.disabled = state.next_event === null;
    failures.show(state.failed);
    tick();
  }

  /** Let the time shown go on between two looks at the clock. */
  function tick() {
    const now = Date.parse(state.now) + (performance.now() - since) * state.speed;
    const text = new Date(now).toISOString();
    date.textContent = text.slice(0, 10);
    time.textContent = text.slice(11, 19);
    const isExact = state.speed === 0 && !text.endsWith(".000Z");
    zone.textContent = isExact ? `${text.slice(19, 23)} UTC` : "UTC";
    const left = state.next_event === null ? null : Math.max(0, Date.parse(state.next_event) - now);
    next.textContent = left === null ? "Nothing waits" : `Next event in ${lengthOf(left)}`;
    next.title = state.next_event ?? "";
  }

  return { refresh };
}

function pace({ mode, speed }) {
  if (mode !== "speed") return mode;
  return speed === 1 ? "running" : `${speed} times as fast`;
}

function said(change, { fired, events, outstanding }) {
  if (change.freeze) return "Frozen.";
  if ("speed" in change) return "Running.";
  const kinds = [...new Set(events.map(({ event }) => event))].join(", ");
  const happened = fired === 0 ? "Nothing was due." : `${counted(fired, "event")}: ${kinds}`;
  if (outstanding === 0) return happened;
  return `${happened}. ${counted(outstanding, "webhook")} ${outstanding === 1 ? "is" : "are"} still outstanding.`;
}

/** A length of time in its two largest units: `6m 40s`. */
function lengthOf(millis) {
  let left = Math.round(millis);
  const parts = [];
  for (const [unit, size] of UNITS) {
    if (left >= size) parts.push(`${Math.floor(left / size)}${unit}`);
    left %= size;
  }
  return parts.slice(0, 2).join(" ") || "0s";
}
