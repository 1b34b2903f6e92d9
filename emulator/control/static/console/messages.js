// Messages of all providers: searching them, what they say, and what became of them.

import { Refusal, ask, download, open } from "./api.js";
import { cardsOf } from "./cards.js";
import { apart, button, copyable, code, facts, folded, h, headers, moment, pretty, section } from "./dom.js";
import { makeForceForm } from "./force.js";
import { act, makeNote } from "./forms.js";
import { jobLink } from "./jobs.js";
import { makeFilters, makePanes } from "./panes.js";
import { address, pathOf } from "./router.js";
import { label } from "./status.js";
import { makeTable } from "./table.js";

export function makeMessages({ providers, changed }) {
  const filters = makeFilters([
    { name: "text", label: "Search", placeholder: "subject or text" },
    { name: "subject", label: "Subject", placeholder: "a part of it" },
    { name: "recipient", label: "Recipient", placeholder: "a part of it" },
    { name: "id", label: "Id", placeholder: "emailId, reference" },
    { name: "provider", label: "Provider", options: providers },
    { name: "status", label: "Status", options: [] },
    { name: "channel", label: "Channel", options: [] },
    { name: "job", label: "Job", placeholder: "rcs/campaign/3", isWhole: true },
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
    const [{ messages, total, unsearched }, { jobs }] = await Promise.all([
      ask("GET", "/messages", { query }),
      ask("GET", "/jobs"),
    ]);
    offerWhatThereIs(messages, jobs.filter((job) => job.total > 0));
    await Promise.all(messages.map(offerWhatThereCanBe));
    const note = unsearched > 0 && `${unsearched} not looked into: say more of them`;
    return { items: messages, total, note };
  }

  const kinds = new Set(); // of messages, whose statuses are offered

  /** Offer the statuses that messages of this kind can have: those that are not of jobs are nowhere counted. */
  async function offerWhatThereCanBe({ id, provider, channel, job }) {
    const kind = JSON.stringify([provider, channel, job === null]);
    if (kinds.has(kind)) return;
    kinds.add(kind);
    try {
      filters.offer("status", (await ask("GET", `/messages/${id}`)).statuses);
    } catch (error) {
      kinds.delete(kind);
      if (!(error instanceof Refusal)) throw error; // it may be gone by now
    }
  }

  /** The list is of the newest alone; jobs count all of theirs. */
  function offerWhatThereIs(messages, jobs) {
    const statuses = [...messages.map(({ status }) => status), ...jobs.flatMap(({ counts }) => Object.keys(counts))];
    filters.offer("status", [...new Set(statuses)].sort());
    filters.offer("channel", [...new Set([...messages, ...jobs].map(({ channel }) => channel))].sort());
  }

  return makePanes({
    filters,
    table,
    load,
    inspect: inspectMessage,
    open: (item) => openMessage(item, changed),
    most: 10_000,
  });
}

/** A message with its HTML. */
async function inspectMessage(item) {
  const message = await ask("GET", `/messages/${pathOf(item)}`);
  if (!message.html) return message;
  const answer = await open("GET", `/messages/${message.id}/html`);
  return { ...message, html: { policy: answer.headers.get("Content-Security-Policy"), text: await answer.text() } };
}

function openMessage(item, changed) {
  const about = h("div");
  const history = h("ol", { class: "history" });
  const content = h("div");
  let drawn = null;
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
        From: senderOf(message),
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
    const text = JSON.stringify(CONTENT.map((name) => message[name]));
    if (text !== drawn) draw(content, message);
    drawn = text;
    return message.recipient;
  }

  return { element, update };
}

/** The recipient, and how the recipient stands in a mail where that is not the usual way. */
function recipientOf({ recipient, role }) {
  const stands = role && role !== "to" && h("span", { class: "muted" }, ` ${role}`);
  return h("span", {}, apart(recipient), stands);
}

/** The sender, whose name is written apart from the address. */
function senderOf({ sender }) {
  const [, name, address] = sender.match(/^(.+) (<[^<>]*>)$/s) ?? [null, sender, ""];
  return sender && [apart(name), address && ` ${address}`];
}

/** Whom a mail goes to, in one line, by name and address; nothing where nobody is. */
const names = (parties) =>
  parties.length > 0 &&
  parties.flatMap(({ email, name }, index) => [index > 0 && ", ", name && apart(name), name ? ` <${email}>` : email]);

function steps({ created_at, history }) {
  const made = h("li", {}, label("made", "wait"), " ", moment(created_at));
  const reached = history.map(({ status, at, detail }) =>
    h("li", {}, label(status), " ", moment(at), detail && [" ", code(detail)]),
  );
  return [made, ...reached];
}

/** What is drawn of a message only when it changes. A reset gives its number to another message. */
const CONTENT = ["id", "html", "text", "payload", "links", "attachments", "headers", "to"];

function draw(content, message) {
  const cards = cardsOf(message);
  content.replaceChildren(
    ...[
      message.html && section("HTML", htmlFrame(message.html)),
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

const TO_A_PLACE = /<(a|area)\b([^>]*?)\shref\s*=\s*(["']?)#/gi; // which is one of the page, unless it is said of what

/**
 * A mail as its reader sees it, in a frame that can run no script and is of no origin. Its links open a tab of their own:
 * in the frame, the page's policy blocks what they lead to, and the mail would be gone. Those to a place in the mail stay in it.
 *
 * A frame can not show the control token, so the page fetches the mail for it, and gives it the policy that it comes
 * with. The page's own policy holds in the frame too: it lets styles through that bear its nonce.
 */
function htmlFrame({ policy, text }) {
  const { nonce } = document.querySelector("script[nonce]");
  const own = `<meta http-equiv="Content-Security-Policy" content="${policy.replace(/sandbox;?/, "")}">`;
  const styled = text.replace(/<style/gi, `<style nonce="${nonce}"`);
  const placed = styled.replace(TO_A_PLACE, '<$1 target="_self"$2 href=$3about:srcdoc#');
  const srcdoc = `<!DOCTYPE html>${own}<base target="_blank">${placed}`;
  const sandbox = "allow-popups allow-popups-to-escape-sandbox";
  return h("iframe", { sandbox, title: "The mail's HTML", class: "mail", srcdoc });
}

/** Links from elsewhere to a message. */
export function messageLink(id) {
  return id && h("a", { href: address({ tab: "messages", item: id }) }, code(`message ${id}`));
}
