// A list with filters, and beside it the details of what is chosen. Jobs, messages, requests and deliveries.

import { Refusal } from "./api.js";
import { button, h } from "./dom.js";
import { makeOption } from "./forms.js";
import { adjust, go, place } from "./router.js";

const FIRST_PAGE = 100;

/**
 * Make a view of a table and details.
 * `load(filters, limit)` answers {items, total, note?}; `inspect(item)` what is shown of one;
 * `open(item)` makes its details: {element, update(data)}.
 */
export function makePanes({ filters, table, load, inspect, open, above, most = 1000 }) {
  const count = h("span", { class: "count muted", role: "status" });
  const more = button("Show more", showMore, { class: "small", hidden: true });
  const heading = h("h2", { tabindex: -1 });
  const shut = button("Close", () => close(), { class: "quiet", title: "Close (Escape)" });
  const contents = h("div", { class: "contents" });
  const detail = h(
    "section",
    { class: "detail", "aria-label": "Details", hidden: true },
    h("div", { class: "titled" }, heading, shut),
    contents,
  );
  const list = h(
    "div",
    { class: "list" },
    above,
    h("div", { class: "tools" }, filters?.element, count),
    table.element,
    more,
  );
  const element = h("div", { class: "panes" }, list, detail);
  let limit = FIRST_PAGE;
  let listed = null; // the filters of what is listed
  let opened = null;
  let takesFocus = false;

  list.addEventListener("click", (event) => (takesFocus = event.target.closest("a") !== null));

  async function refresh() {
    const here = place();
    filters?.sync(here.filters);
    await Promise.all([refreshList(here), refreshDetail(here)]);
  }

  async function refreshList(here) {
    const filtered = JSON.stringify(here.filters);
    if (filtered !== listed) count.textContent = "Looking…";
    const { items, total, note } = await load(here.filters, limit).catch((error) => {
      if (error instanceof Refusal && here === place()) showNothing();
      throw aboutFilters(error);
    });
    if (here !== place()) return;
    listed = filtered;
    table.fill(items, here.item, Object.keys(here.filters).length > 0);
    const shown = items.length < total ? `${items.length} of ${total}` : String(total);
    count.textContent = note ? `${shown}, ${note}` : shown;
    more.hidden = items.length >= Math.min(total, most);
  }

  async function refreshDetail(here) {
    const left = detail.contains(document.activeElement) ? opened?.item : null;
    reveal(here.item !== "");
    if (here.item !== (opened?.item ?? "")) show(here.item);
    if (here.item === "") return left && table.focusOn(left);
    const data = await inspect(here.item).catch(unlessUnreachable);
    if (here !== place()) return;
    if (JSON.stringify(data) !== opened.text) update(data);
    if (takesFocus) heading.focus();
    takesFocus = false;
  }

  /** Let the heading of the details have the focus once they are there. */
  function takeFocus() {
    takesFocus = true;
  }

  function reveal(isOpen) {
    element.classList.toggle("open", isOpen);
    detail.hidden = !isOpen;
  }

  function show(item) {
    heading.textContent = "";
    opened = item === "" ? null : { item, text: null, view: open(item) };
    contents.replaceChildren(...(opened ? [opened.view.element] : []));
    contents.scrollTop = 0;
  }

  function update(data) {
    opened.text = JSON.stringify(data);
    const missing = data.missing && h("p", { class: "note", "data-tone": "bad" }, data.missing);
    heading.textContent = missing ? "Not there" : opened.view.update(data);
    if (missing || !opened.view.element.isConnected) contents.replaceChildren(missing || opened.view.element);
  }

  /** Double the list. Where it is whole then, the button is gone, and the focus goes to the first new row. */
  async function showMore() {
    const before = Math.min(limit, most);
    limit = Math.min(limit * 2, most);
    await refresh();
    if (more.hidden) table.focusAt(before);
  }

  /** What a refused filter would have found is not known, and least of all is it what was found before. */
  function showNothing() {
    table.clear();
    listed = null;
    count.textContent = "";
    more.hidden = true;
  }

  /** Close the details; the focus goes back to the row. Answer whether there was something to close. */
  function close() {
    const { item } = place();
    if (item === "") return false;
    go({ item: "" });
    reveal(false);
    table.focusOn(item);
    return true;
  }

  function clear() {
    limit = FIRST_PAGE;
    opened = null;
    contents.replaceChildren();
    showNothing();
  }

  return { element, refresh, clear, close, takeFocus };
}

/** A list is asked for with nothing that can be wrong but its filters. */
function aboutFilters(error) {
  if (error.status !== 422) return error;
  return new Refusal(422, { ...error.problem, detail: "These filters are refused: change or clear them." });
}

function unlessUnreachable(error) {
  if (error instanceof Refusal) return { missing: error.message };
  throw error;
}

/**
 * Make the filters above a list; the address keeps them. Fields are {name, label, options?, check?, type?, placeholder?,
 * isWhole?}: a part of what is whole is refused, so it holds from Enter on, or when the field is left.
 */
export function makeFilters(fields) {
  const inputs = new Map(fields.map((field) => [field.name, filterInput(field)]));
  const labels = fields.map(({ name, label }) => h("label", { class: "field" }, label, inputs.get(name)));
  const clear = button("Clear filters", clearAll, { class: "small", hidden: true });
  const element = h("form", { class: "filters", role: "search", autocomplete: "off" }, ...labels, clear);
  let waiting = 0;

  const apply = () => {
    waiting = 0;
    adjust({ filters: said(inputs) });
  };
  const isBegun = ({ dataset, value }) => "whole" in dataset && value !== "";
  element.addEventListener("input", ({ target }) => {
    if (isBegun(target)) return;
    clearTimeout(waiting);
    waiting = setTimeout(apply, 200);
  });
  element.addEventListener("change", ({ target }) => isBegun(target) && apply());
  element.addEventListener("submit", (event) => event.preventDefault());

  /** Clear all filters, those too that the address names and the form does not show. */
  function clearAll() {
    element.reset();
    apply();
    element.elements[0].focus();
  }

  function sync(filters) {
    clear.hidden = Object.keys(filters).length === 0;
    if (waiting) return; // what the user says is not in the address yet
    for (const [name, input] of inputs) {
      const value = filters[name] ?? "";
      if (input.type === "checkbox") input.checked = value !== "";
      else if (input !== document.activeElement) setValue(input, value);
    }
  }

  /** Offer these values in a select, beside what is chosen. */
  function offer(name, values) {
    const select = inputs.get(name);
    const offered = new Set([...select.options].map((option) => option.value));
    for (const value of values)
      if (!offered.has(value)) select.append(makeOption([value, value.replaceAll("_", " ")]));
    if (!waiting) setValue(select, place().filters[name] ?? "");
  }

  return { element, sync, offer };
}

function filterInput({ name, options, check, type = "search", placeholder, isWhole }) {
  if (check) return h("input", { type: "checkbox", name });
  if (options)
    return h("select", { name }, makeOption(["", "any"]), ...options.map((option) => makeOption(option)));
  const title = isWhole && "Enter applies it";
  return h("input", { type, name, placeholder, title, "data-whole": isWhole, spellcheck: "false" });
}

function setValue(input, value) {
  if (input.value === value) return;
  if (input.tagName === "SELECT" && ![...input.options].some((option) => option.value === value)) {
    input.append(makeOption(value));
  }
  input.value = value;
}

function said(inputs) {
  const values = [...inputs].map(([name, input]) => [
    name,
    input.type === "checkbox" ? (input.checked ? "true" : "") : input.value.trim(),
  ]);
  return Object.fromEntries(values.filter(([, value]) => value !== ""));
}
