// The form for faults: one action, and only the fields that go with it.

import { Refusal, ask } from "./api.js";
import { h } from "./dom.js";
import { fitTo, makeOption } from "./forms.js";
import { label } from "./status.js";

const ACTIONS = [
  ["error", "a documented error"],
  ["status", "an HTTP status"],
  ["delay", "a delay"],
  ["slow_body", "a slow body"],
  ["truncate", "a cut body"],
  ["malform", "a malformed body"],
  ["reset", "a reset connection"],
  ["rate_limit", "a rate limit"],
];

/** Which fields go with an action alone. */
const OF_ACTION = {
  error: ["error"],
  status: ["status", "body"],
  delay: ["delay"],
  slow_body: ["slow_body"],
  truncate: ["truncate"],
  malform: [],
  reset: [],
  rate_limit: ["requests", "per"],
};

/** Which of them can not be left out. */
const NEEDED = ["status", "delay", "slow_body", "requests", "per"];

export function faultFields(providers) {
  return [
    { name: "action", label: "The client gets", options: ACTIONS },
    { name: "error", label: "Error", options: [] },
    { name: "status", label: "HTTP status", type: "number", placeholder: "503" },
    { name: "body", label: "Body", placeholder: "text or JSON" },
    { name: "delay", label: "For", placeholder: "2s" },
    { name: "slow_body", label: "Over", placeholder: "5s" },
    { name: "truncate", label: "After bytes", type: "number", placeholder: "the half" },
    { name: "requests", label: "Requests", type: "number", placeholder: "2" },
    { name: "per", label: "In", placeholder: "1s" },
    { name: "provider", label: "Provider", options: providers },
    { name: "operation", label: "Operation", placeholder: "any; POST /v1/campaigns" },
    { name: "after", label: "After requests", type: "number", placeholder: "0" },
    { name: "times", label: "Times", type: "number", placeholder: "always" },
    { name: "lasts", label: "Lasts", placeholder: "always; 10m" },
    {
      name: "executed",
      label: "The operation",
      options: [
        ["", "is not executed"],
        ["true", "is executed"],
      ],
    },
  ];
}

/** Answer the rule that the form says. */
export function faultRule({ action, requests, per, truncate, body, executed, ...rule }) {
  if (action === "rate_limit") rule.rate_limit = { requests, per };
  if (action === "truncate") rule.truncate = truncate ?? true;
  if (action === "malform" || action === "reset") rule[action] = true;
  if (body !== undefined) rule.body = decoded(body);
  if (executed) rule.executed = true;
  return rule;
}

function decoded(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : text;
  } catch {
    return text;
  }
}

/** Answer what a rule does, in short. */
export function faultSummary(rule) {
  const said = ACTIONS.map(([name]) => name).filter((name) => (rule[name] ?? false) !== false);
  const action = said.find((name) => name !== "delay") ?? "delay";
  const delay = said.includes("delay") && action !== "delay" && `, delay ${rule.delay}`;
  return [label(action, "bad"), valueOf(rule[action]), delay, rule.executed && ", executed"];
}

function valueOf(value) {
  if (value === true) return "";
  return typeof value === "object" ? ` ${value.requests} in ${value.per}` : ` ${value}`;
}

/** Show the fields of the chosen action alone. Answer what offers the errors and operations of the chosen provider. */
export function helpWithFaults(form) {
  const { action, provider, operation, error } = form.elements;
  const operations = h("datalist", { id: "operations" });
  const limit = action.querySelector("[value=rate_limit]");
  const fit = fitTo(form, OF_ACTION, NEEDED);
  operation.setAttribute("list", operations.id);
  form.append(operations);

  /** Errors do not wait for operations, whose document takes longer. Of another provider's, none are offered meanwhile. */
  async function offer() {
    const chosen = provider.value;
    const unlessLeft = (fill) => (found) => chosen === provider.value && fill(found);
    error.replaceChildren();
    operations.replaceChildren();
    await Promise.all([
      documentedErrors(chosen).then(unlessLeft(offerErrors)),
      openapi(chosen).then(unlessLeft(offerOperations)),
    ]);
  }

  function offerErrors(errors) {
    offerLimit(errors);
    error.replaceChildren(...errors.map(({ name, status }) => makeOption([name, `${name} (${status})`])));
  }

  function offerOperations({ paths }) {
    const keys = Object.entries(paths).flatMap(([path, verbs]) =>
      Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path}`),
    );
    operations.replaceChildren(...keys.map((key) => makeOption(key)));
  }

  /** Not every provider documents a rate limit: without one, the emulator has no words for it. */
  function offerLimit(errors) {
    limit.disabled = !errors.some(({ name }) => name.includes("RateLimit"));
    if (limit.disabled && action.value === "rate_limit") action.value = "error";
    fit();
  }

  provider.addEventListener("change", offer);
  return offer;
}

async function documentedErrors(provider) {
  try {
    return (await ask("GET", "/faults/errors", { query: { provider } }))[provider] ?? [];
  } catch (problem) {
    if (problem instanceof Refusal) return [];
    throw problem;
  }
}

async function openapi(provider) {
  return (await fetch(`/openapi/${provider}.json`)).json();
}
