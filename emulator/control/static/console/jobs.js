// Jobs: campaigns and mailings, each with its state machine and the actions that its state allows.

import { ask } from "./api.js";
import { apart, button, code, copyable, facts, h, moment, section } from "./dom.js";
import { makeForceForm } from "./force.js";
import { act, makeNote } from "./forms.js";
import { drawMachine } from "./machine.js";
import { makeFilters, makePanes } from "./panes.js";
import { address, pathOf } from "./router.js";
import { counts, label } from "./status.js";
import { makeTable, plainTable } from "./table.js";

export function makeJobs({ providers, changed }) {
  const filters = makeFilters([
    { name: "text", label: "Search", placeholder: "name or id" },
    { name: "id", label: "Id", placeholder: "its, of a message" },
    { name: "provider", label: "Provider", options: providers },
    { name: "status", label: "Status", options: [] },
  ]);
  const table = makeTable({
    name: "Jobs",
    columns: [
      { title: "Name", cell: (job) => job.name || code(job.id), className: "name" },
      { title: "Id", cell: (job) => code(job.id), className: "id wide" },
      { title: "Channel", cell: (job) => job.channel, className: "wide" },
      { title: "Status", cell: (job) => label(job.status) },
      { title: "Messages", cell: (job) => job.total || "", className: "number" },
      { title: "By status", cell: (job) => counts(job.counts), className: "fill" },
    ],
    key: (job) => job.id,
    href: (job) => address({ item: job.id }),
    empty: "No jobs.",
  });

  async function load({ text = "", id, provider, status }) {
    const { jobs } = await ask("GET", "/jobs", { query: { id, provider } });
    filters.offer("status", [...new Set(jobs.map((job) => job.status))].sort());
    const meant = text.toLowerCase();
    const fits = (job) =>
      `${job.name} ${job.id}`.toLowerCase().includes(meant) && (!status || status === job.status);
    const items = jobs.filter(fits).reverse(); // the newest first
    return { items, total: items.length };
  }

  return makePanes({
    filters,
    table,
    load,
    inspect: inspectJob,
    open: (item) => openJob(item, changed),
  });
}

async function inspectJob(item) {
  const job = await ask("GET", `/jobs/${pathOf(item)}`);
  if (!job.steps.length) return job;
  return { ...job, travellers: await ask("GET", `/jobs/${pathOf(item)}/people`) };
}

function openJob(item, changed) {
  const about = h("div");
  const actions = h("div", { class: "buttons", role: "group", "aria-label": "Actions" });
  const note = makeNote();
  const drawing = h("div", { class: "drawing" });
  const force = makeForceForm({
    label: "Set the state",
    path: `/jobs/${pathOf(item)}/status`,
    usual: "by an action",
    changed,
  });
  const machine = section("States and actions", actions, note, drawing, force.element);
  const journeys = h("div");
  const launches = h("div");
  const leftOut = h("div");
  const element = h("div", {}, about, machine, journeys, launches, leftOut);

  async function steer(action) {
    await act(note, async () => {
      const job = await ask("POST", `/jobs/${pathOf(item)}/status`, { json: { action } });
      return `${action} led to ${job.status.replaceAll("_", " ")}.`;
    });
    await changed();
  }

  function update(job) {
    about.replaceChildren(
      facts({
        Status: label(job.status),
        Id: copyable(job.id, "the job's id"),
        Channel: [job.provider, job.kind, job.channel].filter(Boolean).join(" · "),
        Messages: job.total > 0 && h("span", { class: "counted" }, counts(job.counts), messagesLink(job)),
        "Left out": job.left_out.total > 0 && job.left_out.total,
      }),
    );
    fillActions(actions, job, steer, note);
    drawing.replaceChildren(drawMachine(job));
    force.offer(job.states, job.status);
    journeys.replaceChildren(...(job.travellers ? journeysOf(job) : []));
    launches.replaceChildren(job.launches.length ? launchesOf(job) : "");
    leftOut.replaceChildren(job.left_out.total > 0 ? leftOutOf(job.left_out) : "");
    return job.name || job.id;
  }

  return { element, update };
}

/** Make a button for each action. Where the one that had the focus is gone, the focus goes to what is said of it. */
function fillActions(group, job, steer, note) {
  const focused = group.contains(document.activeElement) ? document.activeElement.dataset.action : null;
  const target = (action) => job.moves.find((move) => move.from === job.status && move.action === action)?.to;
  const buttons = job.actions.map((action) =>
    button(
      [
        h("b", {}, action),
        target(action) && h("span", { class: "muted" }, ` → ${target(action).replaceAll("_", " ")}`),
      ],
      () => steer(action),
      { "data-action": action },
    ),
  );
  group.replaceChildren(
    ...buttons,
    job.actions.length ? "" : h("p", { class: "muted" }, "Its state allows no action."),
  );
  if (focused) (buttons.find((one) => one.dataset.action === focused) ?? note).focus();
}

/** The steps that a job leads people through, and the first of these people. */
function journeysOf({ steps, people, travellers }) {
  const places = steps.map(({ key, type, people: standing }) => [key, type, standing || ""]);
  const ways = travellers.people.map((one) => [
    one.address ? apart(one.address) : code(one.id),
    label(one.state),
    one.step || "",
    moment(one.entered_at),
  ]);
  const left = travellers.total - ways.length;
  return [
    section("Steps", plainTable("Steps", ["Step", "Type", "People there"], places, "")),
    section(
      "People",
      h("p", {}, counts(people)),
      plainTable("People", ["Who", "State", "At", "Entered"], ways, "Nobody has entered it."),
      left > 0 && h("p", { class: "muted" }, `and ${left} more`),
    ),
  ];
}

/** The times that a job was launched, the latest first, each with its messages alone. */
function launchesOf(job) {
  const rows = job.launches
    .map((one) => [moment(one.started_at), one.source, launchLink(one), counts(one.counts)])
    .reverse();
  return section("Launches", plainTable("Launches", ["Started", "To", "Id", "By status"], rows, ""));
}

/** Who got no message of a job, and why: how many for which reason, and the first of them. */
function leftOutOf({ total, reasons, recipients }) {
  const all = Object.entries(reasons).map(([reason, number]) => `${number} because of ${reason}`);
  const rows = recipients.map((one) => [apart(one.recipient), apart(one.reason), moment(one.at)]);
  const others = total - rows.length;
  return section(
    "Left out",
    h("p", {}, all.join(" · ")),
    plainTable("Left out", ["Who", "Because of", "When"], rows, ""),
    others > 0 && h("p", { class: "muted" }, `and ${others} more`),
  );
}

function launchLink({ provider_ids: { launch_id: id } }) {
  return id && h("a", { href: address({ tab: "messages", filters: { id } }) }, code(id));
}

function messagesLink(job) {
  return h(
    "a",
    { href: address({ tab: "messages", filters: { job: job.id } }) },
    job.total === 1 ? "Show the message" : `Show the ${job.total} messages`,
  );
}

/** Links from elsewhere to a job. */
export function jobLink(id) {
  return id && h("a", { href: address({ tab: "jobs", item: id }) }, id);
}
