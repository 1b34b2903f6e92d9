// Requests: what clients sent and what they got, with the fields that no handler read.

import { ask } from "./api.js";
import { curlOf } from "./curl.js";
import { body, button, code, copyButton, facts, h, headers, moment, section } from "./dom.js";
import { confirmed, makeNote } from "./forms.js";
import { makeFilters, makePanes } from "./panes.js";
import { address, pathOf, place } from "./router.js";
import { httpLabel, label } from "./status.js";
import { makeTable } from "./table.js";

export function makeRequests({ providers, changed }) {
  const filters = makeFilters([
    { name: "text", label: "Search", placeholder: "address or body" },
    { name: "provider", label: "Provider", options: [...providers, ["emulator", "the emulator itself"]] },
    { name: "method", label: "Method", options: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] },
    { name: "status", label: "HTTP status", placeholder: "422", isWhole: true },
    { name: "unread", label: "With unread fields", check: true },
    { name: "unclaimed", label: "Of no sandbox", check: true },
  ]);
  const table = makeTable({
    name: "Requests",
    columns: [
      { title: "No.", cell: (request) => request.number, className: "number" },
      { title: "Time", cell: (request) => moment(request.at), className: "time" },
      { title: "Provider", cell: (request) => request.provider, className: "wide" },
      { title: "Request", cell: (request) => requestLine(request), className: "fill" },
      { title: "Answer", cell: (request) => httpLabel(request.status) },
      { title: "Noted", cell: (request) => flags(request), className: "noted" },
    ],
    key: (request) => request.number,
    href: (request) => address({ item: request.number }),
    empty: "No requests yet. Point a client at this sandbox: its addresses and credentials are under Access.",
  });

  let listed = [];

  async function load(wanted, limit) {
    const { requests, total } = await ask("GET", "/requests", { query: { ...wanted, limit } });
    listed = requests.reverse();
    return { items: listed, total };
  }

  /** The list has its requests whole, so only one that is not in it has to be asked for. */
  async function inspect(item) {
    const found = listed.find((request) => String(request.number) === item);
    return (
      found ?? ask("GET", `/requests/${pathOf(item)}`, { query: { unclaimed: place().filters.unclaimed } })
    );
  }

  const note = makeNote();

  function forget() {
    const { unclaimed } = place().filters;
    const whose = unclaimed ? "no sandbox" : "this sandbox";
    const work = async () => {
      await ask("DELETE", "/requests", { query: { unclaimed } });
      await changed();
      return `Forgot all requests of ${whose}.`;
    };
    confirmed(`Forget all requests of ${whose}?`, "Forget them", work, note);
  }
  filters.element.append(button("Forget all", forget, { class: "small" }), note);
  return makePanes({ filters, table, load, inspect, open: openRequest, most: 10_000 });
}

function requestLine({ method, path, operation }) {
  return h("span", { title: operation ?? "Not a documented operation" }, h("b", {}, method), " ", code(path));
}

function flags({ unread, faults = [], unclaimed }) {
  return [
    unclaimed && label(unclaimed, "bad"),
    unread.length > 0 && h("span", { title: unread.join(", ") }, label(`${unread.length} unread`, "warn")),
    faults.length > 0 && label("fault", "bad"),
  ];
}

function openRequest() {
  const element = h("div");

  function update(request) {
    const { method, path, query, unread, faults = [] } = request;
    element.replaceChildren(
      ...whyUnclaimed(request),
      facts({
        Answer: httpLabel(request.status),
        Operation: operationOf(request),
        Address: code(query ? `${path}?${query}` : path),
        Time: moment(request.at),
        Credential: request.credential && code(request.credential),
        Faults: faults.length > 0 && faults.map((id) => `rule ${id}`).join(", "),
        "Unread fields":
          unread.length > 0 && h("ul", { class: "unread" }, ...unread.map((name) => h("li", {}, code(name)))),
      }),
      h("div", { class: "buttons part" }, copyButton(() => curl(request), "command", "Copy as curl")),
      section("Request body", body(request.request_body)),
      section("Request headers", headers(request.request_headers)),
      section("Answer body", body(request.answer_body)),
      section("Answer headers", headers(request.answer_headers)),
    );
    return `${request.number}: ${method} ${request.provider}`;
  }

  return { element, update };
}

/** The documented operation. A request with a refused Host was not compared with those that there are. */
function operationOf({ operation, unclaimed }) {
  return operation ? code(operation) : unclaimed !== "refused Host" && "not documented";
}

/** Say in plain words why a request belongs to no sandbox, and what to do. */
function whyUnclaimed({ unclaimed, request_headers }) {
  const text = {
    "unknown credential":
      "No sandbox has this credential: it was not issued here, or its sandbox was deleted. The button Access has those of a sandbox.",
    "no credential": "It showed no credential, so no sandbox was meant. The button Access has those of a sandbox.",
    "path of no provider":
      "Its path is none of a provider, but like one: the base URL lacks a part. The button Access has those of a sandbox.",
    "refused Host": `Its Host, ${request_headers.host ?? "which is missing"}, is not let in. Reach the emulator as localhost, or add the name to EMULATOR_HOSTS.`,
  }[unclaimed];
  return text ? [h("p", { class: "note", "data-tone": "bad" }, text)] : [];
}

async function curl(request) {
  const { access } = await ask("GET", `/sandboxes/${pathOf(place().sandbox)}`);
  const own = request.unclaimed ? [] : (access[request.provider]?.credentials ?? []);
  return curlOf(request, own);
}
