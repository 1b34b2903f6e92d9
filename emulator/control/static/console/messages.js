// Messages of all providers: searching them, what they say, and what became of them.

import { ask, download, open } from "./api.js";
import { cardsOf } from "./cards.js";
import { button, copyable, code, facts, folded, h, headers, moment, pretty, section } from "./dom.js";
import { makeForceForm } from "./force.js";
import { act, makeNote } from "./forms.js";
import { jobLink } from "./jobs.js";
import { makeFilters, makePanes } from "./panes.js";
import { address, pathOf, place } from "./router.js";
import { label } from "./status.js";
import { makeTable } from "./table.js";
import { keptToken } from "./token.js";

export function makeMessages({ providers, changed }) {
  const filters = makeFilters([
    { name: "text", label: "Search", placeholder: "in subject and text" },
    { name: "subject", label: "Subject", placeholder: "a part of it" },
    { name: "recipient", label: "Recipient", placeholder: "a part of it" },
    { name: "id", label: "Id", placeholder: "emailId, reference, …" },
    { name: "provider", label: "Provider", options: providers },
    { name: "status", label: "Status", options: [] },
    { name: "channel", label: "Channel", options: [] },
    { name: "job", label: "Job", placeholder: "autosend/campaign/…" },
    { name: "since", label: "Made since (UTC)", type: "datetime-local" },
    { name: "latest", label: "Only the latest", check: true },
  ]);
  const table = makeTable({
    name: "Messages",
    columns: [
      { title: "Recipient", cell: recipientOf, className: "name" },
      { title: "No.", cell: (message) => message.id, className: "number wide" },
      { title: "Status", cell: (message) => label(message.status) },
      { title: "Provider", cell: (message) => `${message.provider} ${message.channel}`, className: "wide" },
      { title: "Subject or text", cell: (message) => message.subject, className: "fill" },
      { title: "Made", cell: (message) => moment(message.created_at), className: "time" },
      { title: "Sent", cell: (message) => moment(message.sent_at), className: "time wide" },
    ],
    key: (message) => message.id,
    href: (message) => address({ item: message.id }),
    empty: "No messages. They appear when a job begins, or a single message is sent.",
  });

  async function load({ since, ...wanted }, limit) {
    const query = { ...wanted, since: since && `${since}Z`, order: "newest", limit };
    const { messages, total, unsearched } = await ask("GET", "/messages", { query });
    filters.offer("status", [...new Set(messages.map((message) => message.status))].sort());
    filters.offer("channel", [...new Set(messages.map((message) => message.channel))].sort());
    const note = unsearched > 0 && `${unsearched} not looked into: say more of them`;
    return { items: messages, total, note };
  }

  const inspect = (item) => ask("GET", `/messages/${pathOf(item)}`);
  return makePanes({
    filters,
    table,
    load,
    inspect,
    open: (item) => openMessage(item, changed),
    most: 10_000,
  });
}

function openMessage(item, changed) {
  const about = h("div");
  const history = h("ol", { class: "history" });
  const content = h("div");
  let isDrawn = false;
  const force = makeForceForm({
    label: "Set the status",
    path: `/messages/${pathOf(item)}/status`,
    usual: "as statuses lead",
    changed,
  });
  const element = h("div", {}, about, section("History", history, force.element), content);

  function update(message) {
    about.replaceChildren(
      facts({
        Status: label(message.status),
        Outcome: message.outcome === message.status ? null : label(message.outcome),
        From: message.sender,
        Subject: message.subject,
        Role: message.role,
        To: names(message.to),
        Cc: names(message.cc),
        Bcc: names(message.bcc),
        Codes: message.codes.length > 0 && message.codes.map((one) => copyable(one, "the code")),
        Channel: `${message.provider} · ${message.channel}`,
        Job: jobLink(message.job),
        ...Object.fromEntries(
          Object.entries(message.provider_ids).map(([name, id]) => [name, copyable(id, name)]),
        ),
        "Client's id": message.reference && copyable(message.reference, "the client's id"),
      }),
    );
    history.replaceChildren(...steps(message));
    force.offer(message.statuses, message.status);
    if (!isDrawn) draw(content, message);
    isDrawn = true;
    return message.recipient;
  }

  return { element, update };
}

/** The recipient, and how the recipient stands in a mail where that is not the usual way. */
function recipientOf({ recipient, role }) {
  const stands = role && role !== "to" && h("span", { class: "muted" }, ` ${role}`);
  return h("span", {}, recipient, stands);
}

/** Whom a mail goes to, in one line; nothing where nobody is. */
const names = (parties) => parties.length > 0 && parties.map(({ email }) => email).join(", ");

function steps({ created_at, history }) {
  const made = h("li", {}, label("made", "wait"), " ", moment(created_at));
  const reached = history.map(({ status, at, detail }) =>
    h("li", {}, label(status), " ", moment(at), detail && [" ", code(detail)]),
  );
  return [made, ...reached];
}

function draw(content, message) {
  const cards = cardsOf(message);
  content.replaceChildren(
    ...[
      message.html && section("HTML", htmlFrame(message.id)),
      cards.length > 0 && section(cards.length > 1 ? "Cards" : "Card", h("ul", { class: "cards" }, ...cards)),
      message.text && section("Text", h("pre", { tabindex: 0 }, message.text)),
      message.links.length > 0 &&
        section("Links", h("ul", { class: "lines" }, ...message.links.map((link) => h("li", {}, copyable(link, "the link"))))),
      message.attachments.length > 0 && section("Attachments", h("ul", { class: "lines" }, ...message.attachments.map(attached))),
      Object.keys(message.headers).length > 0 && folded("Headers beside the usual ones", headers(message.headers)),
      message.to.length > 0 && source(message),
      message.payload &&
        folded("Payload", h("pre", { tabindex: 0 }, pretty(JSON.stringify(message.payload)))),
    ].filter(Boolean),
  );
}

const attached = ({ name, content_type, size, url }) =>
  h("li", {}, code(name), " ", [content_type, size !== null && `${size} bytes`, url].filter(Boolean).join(", "));

function source({ id }) {
  const note = makeNote();
  const save = () => act(note, () => download(`/messages/${id}/raw`, `${id}.eml`));
  return section("Source", button("Download .eml", save, { class: "small" }), note);
}

/** A mail as its reader sees it, in a frame that can run no script and is of no origin. */
function htmlFrame(id) {
  const frame = h("iframe", { sandbox: "", title: "The mail's HTML", class: "mail" });
  if (keptToken() !== null) showWithToken(frame, id);
  else frame.src = `/_emulator/messages/${id}/html?sandbox=${encodeURIComponent(place().sandbox)}`;
  return frame;
}

/**
 * A frame can not show the token, so the page fetches the mail for it, and gives it the policy that it comes with.
 * The page's own policy holds in the frame too: it lets styles through that bear its nonce.
 */
async function showWithToken(frame, id) {
  const answer = await open("GET", `/messages/${id}/html`);
  const policy = answer.headers.get("Content-Security-Policy").replace(/sandbox;?/, "");
  const { nonce } = document.querySelector("script[nonce]");
  const html = (await answer.text()).replace(/<style/gi, `<style nonce="${nonce}"`);
  frame.srcdoc = `<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="${policy}">${html}`;
}

/** Links from elsewhere to a message. */
export function messageLink(id) {
  return id && h("a", { href: address({ tab: "messages", item: id }) }, code(`message ${id}`));
}
