// Requests: what clients sent and what they got, with the fields that no handler read.

import { ask } from "./api.js";
import { body, button, code, facts, h, headers, moment, section } from "./dom.js";
import { confirmed } from "./forms.js";
import { makeFilters, makePanes } from "./panes.js";
import { address, pathOf, place } from "./router.js";
import { httpLabel, label } from "./status.js";
import { makeTable } from "./table.js";

export function makeRequests({ providers, changed }) {
  const filters = makeFilters([
    { name: "text", label: "Search", placeholder: "in address and body" },
    { name: "provider", label: "Provider", options: providers },
    { name: "method", label: "Method", options: ["GET", "POST", "PUT", "PATCH", "DELETE"] },
    { name: "status", label: "HTTP status", placeholder: "422" },
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
      { title: "Noted", cell: (request) => flags(request) },
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

  const forget = () =>
    confirmed("Forget all requests of this sandbox?", "Forget them", () =>
      ask("DELETE", "/requests").then(changed),
    );
  filters.element.append(button("Forget all", forget, { class: "small" }));
  return makePanes({ filters, table, load, inspect, open: openRequest, most: 10_000 });
}

function requestLine({ method, path, operation }) {
  return h("span", { title: operation ?? "Not a documented operation" }, h("b", {}, method), " ", code(path));
}

function flags({ unread, faults = [] }) {
  return [
    unread.length > 0 && h("span", { title: unread.join(", ") }, label(`${unread.length} unread`, "warn")),
    faults.length > 0 && label("fault", "bad"),
  ];
}

function openRequest() {
  const element = h("div");

  function update(request) {
    const { method, path, query, unread, faults = [] } = request;
    element.replaceChildren(
      facts({
        Answer: httpLabel(request.status),
        Operation: request.operation ? code(request.operation) : "not documented",
        Address: code(query ? `${path}?${query}` : path),
        Time: moment(request.at),
        Credential: request.credential && code(request.credential),
        Faults: faults.length > 0 && faults.map((id) => `rule ${id}`).join(", "),
        "Unread fields":
          unread.length > 0 && h("ul", { class: "unread" }, ...unread.map((name) => h("li", {}, code(name)))),
      }),
      section("Request body", body(request.request_body)),
      section("Request headers", headers(request.request_headers)),
      section("Answer body", body(request.answer_body)),
      section("Answer headers", headers(request.answer_headers)),
    );
    return `${request.number}: ${method} ${request.provider}`;
  }

  return { element, update };
}

/** Links from elsewhere to a request. */
export function requestLink(number, text) {
  return h("a", { href: address({ tab: "requests", item: number }) }, text);
}
