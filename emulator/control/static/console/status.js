// Statuses at a glance: labels with a mark and a colour, and bars of how many are in which.

import { h } from "./dom.js";

const TONES = {
  ok: "delivered sent opened clicked click read done completed active finished approved registered verified resubscribed frozen live",
  run: "sending running sending_gradual draining moderation creation cloning gathering processed in_progress speed request",
  wait: "queued scheduled waiting draft inactive accepted new requested pending pending_configuration real held transition message",
  warn: "paused aborted cancelled stopped suppressed deferred delayed expired unsubscribed dropped suspended archived polling",
  bad: "bounced soft_bounced failed undelivered complained spam not_service_user not_viber_user unknown deleted rejected lost",
};

const TONE_OF = new Map(
  Object.entries(TONES).flatMap(([tone, words]) => words.split(" ").map((word) => [word, tone])),
);

const ORDER = Object.keys(TONES);

const toneOf = (status) => TONE_OF.get(String(status).toLowerCase().replaceAll("-", "_")) ?? "wait";

/** The status as a small label. Its mark tells the tone to those who do not see the colour. */
export function label(status, tone = toneOf(status)) {
  return h("span", { class: "status", "data-tone": tone }, String(status).replaceAll("_", " "));
}

/** The HTTP status of an answer; null while it is still to come. */
export function httpLabel(status) {
  if (status === null) return label("under way", "run");
  const tone = { 2: "ok", 3: "wait", 4: "warn" }[Math.floor(status / 100)] ?? "bad";
  return label(status, tone);
}

/** How many messages are in which status: a bar, and the same in numbers. */
export function counts(all) {
  const ordered = Object.entries(all).sort(([a], [b]) => ORDER.indexOf(toneOf(a)) - ORDER.indexOf(toneOf(b)));
  if (!ordered.length) return "";
  const bar = h(
    "span",
    { class: "bar", "aria-hidden": "true" },
    ...ordered.map(([name, count]) => part(name, count)),
  );
  const words = ordered.map(([name, count]) => `${count} ${name.replaceAll("_", " ")}`).join(" · ");
  return h("span", { class: "counts" }, bar, h("span", { class: "words", title: words }, words));
}

function part(name, count) {
  const piece = h("i", { "data-tone": toneOf(name) });
  piece.style.flexGrow = count;
  return piece;
}
