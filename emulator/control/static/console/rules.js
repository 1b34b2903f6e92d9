// Rules that decide what happens: outcomes of messages, faults of answers, disturbances of webhooks.

import { ask } from "./api.js";
import { apart, folded, h } from "./dom.js";
import { faultFields, faultRule, faultSummary, helpWithFaults } from "./faults.js";
import { fitTo, makeForm, makeOption } from "./forms.js";
import { makeRuleList } from "./rulelist.js";
import { label } from "./status.js";
import { plainTable } from "./table.js";

export function makeRules({ providers, changed }) {
  const lists = [outcomes(providers, changed), faults(providers, changed), disturbances(providers, changed)];
  const element = h("div", { class: "page" }, ...lists.map((list) => list.element));
  return {
    element,
    refresh: () => Promise.all(lists.map((list) => list.refresh())),
    clear: () => lists.forEach((list) => list.clear()),
    close: () => false,
  };
}

function outcomes(providers, changed) {
  const magic = h("div");
  const form = makeForm({
    fields: [
      { name: "outcome", label: "Outcome", options: [] },
      { name: "recipient", label: "Recipient", placeholder: "any; *@slow.example.com" },
      { name: "provider", label: "Provider", options: [["", "any"], ...providers] },
      { name: "channel", label: "Channel", placeholder: "any" },
      { name: "job", label: "Job", placeholder: "any" },
      { name: "delay", label: "Later by", placeholder: "5m" },
      { name: "reason", label: "Reason (AutoSend)", placeholder: "NoEmail" },
    ],
    action: "Add rule",
    send: (rule) => add("/outcomes", rule, changed),
  });

  function learn({ magic: known, words }) {
    const chosen = form.elements.outcome.value || "bounced";
    form.elements.outcome.replaceChildren(...words.map((word) => makeOption(word, chosen)));
    const rows = known.map((one) => [
      one.provider,
      one.channel,
      h("code", {}, one.recipient),
      label(one.outcome),
      one.meaning,
    ]);
    magic.replaceChildren(
      folded(
        "Recipients that decide where no rule does",
        plainTable(
          "Magic recipients",
          ["Provider", "Channel", "Recipient", "Outcome", "Meaning"],
          rows,
          "None.",
        ),
      ),
    );
  }

  return makeRuleList({
    title: "Outcomes",
    explanation:
      "What becomes of messages that are handed over from now on. The first rule that fits decides.",
    path: "/outcomes",
    field: "rules",
    adds: "Add an outcome rule",
    columns: {
      Outcome: (rule) => label(rule.outcome),
      About: (rule) => about(rule, ["recipient", "provider", "channel", "job"]),
      "Later by": (rule) => rule.delay ?? "",
      Reason: (rule) => rule.reason ?? "",
      Hits: (rule) => rule.hits,
    },
    form,
    learn,
    after: magic,
    changed,
  });
}

function faults(providers, changed) {
  const form = makeForm({
    fields: faultFields(providers),
    action: "Add fault",
    send: (said) => add("/faults", faultRule(said), changed),
  });
  const offer = helpWithFaults(form);
  let offered = null;
  return makeRuleList({
    title: "Faults",
    explanation: "What a client gets in place of its answer.",
    path: "/faults",
    field: "faults",
    adds: "Add a fault",
    columns: {
      Fault: (rule) => faultSummary(rule),
      About: (rule) => about(rule, ["provider", "operation", "match"]),
      Limits: (rule) => about(rule, ["after", "times", "lasts"], "always"),
      State: stateOf,
      Hits: (rule) => `${rule.hits} of ${rule.matched}`,
    },
    form,
    learn: () => (offered ??= offer()),
    changed,
  });
}

function stateOf({ active, problem }) {
  if (problem) return [label("means nothing", "bad"), h("p", { class: "note", "data-tone": "bad" }, problem)];
  return label(active ? "active" : "used up", active ? "ok" : "wait");
}

function disturbances(providers, changed) {
  const form = makeForm({
    fields: [
      {
        name: "action",
        label: "Disturbance",
        options: ["duplicate", "reorder", "drop", "delay", "corrupt_signature", "backdate"],
      },
      { name: "delay", label: "Later by", placeholder: "30s" },
      { name: "age", label: "Older by", placeholder: "10m" },
      { name: "provider", label: "Provider", options: [["", "any"], ...providers] },
      { name: "type", label: "Type", placeholder: "any; email.delivered" },
      { name: "after", label: "After", type: "number", placeholder: "0" },
      { name: "times", label: "Times", type: "number", placeholder: "always" },
    ],
    action: "Add disturbance",
    send: (rule) => add("/webhooks/disturbances", rule, changed),
  });
  fitTo(form, { delay: ["delay"], backdate: ["age"] }, ["delay", "age"]);
  return makeRuleList({
    title: "Disturbances",
    explanation: "What happens to webhooks on their way. The first that fits acts.",
    path: "/webhooks/disturbances",
    field: "disturbances",
    adds: "Add a disturbance",
    columns: {
      Disturbance: (rule) => [label(rule.action, "warn"), (rule.delay ?? rule.age) && ` by ${rule.delay ?? rule.age}`],
      About: (rule) => about(rule, ["provider", "type"]),
      Limits: (rule) => about(rule, ["after", "times"], "always"),
      Hits: (rule) => `${rule.hits} of ${rule.matched}`,
    },
    form,
    changed,
  });
}

async function add(path, rule, changed) {
  const { id } = await ask("POST", path, { json: rule });
  await changed();
  return `Added rule ${id}.`;
}

/** What a rule says of these fields: `provider autosend, times 2`. */
function about(rule, fields, otherwise = "everything") {
  const said = fields.filter((name) => rule[name] && JSON.stringify(rule[name]) !== "{}");
  const parts = said.map((name, index) => [
    `${index ? ", " : ""}${name} `,
    apart(typeof rule[name] === "object" ? JSON.stringify(rule[name]) : rule[name]),
  ]);
  return parts.length ? parts.flat() : h("span", { class: "muted" }, otherwise);
}
