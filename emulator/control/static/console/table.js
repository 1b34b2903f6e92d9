// Tables whose rows are links: one Tab stop, arrow keys between the rows, Enter opens.
// Rows that did not change stay the same elements, so a refresh disturbs neither focus nor scrolling.

import { h } from "./dom.js";

/**
 * Make a table. `columns` are {title, cell(item), className?}, the first of them holds the link;
 * `key(item)` tells items apart, `href(item)` is where a row leads, `empty` is said where there is none at all.
 */
export function makeTable({ name, columns, key, href, empty }) {
  const body = h("tbody", { onkeydown: walk, onfocusin: rove, onclick: follow });
  const head = columns.map(({ title, className }) => h("th", { scope: "col", class: className }, title));
  const table = h("table", { class: "rows", "aria-label": name }, h("thead", {}, h("tr", {}, ...head)), body);
  const nothing = h("p", { class: "empty", hidden: true });
  const known = new Map();
  let isFirst = true;

  function fill(items, chosen, isFiltered) {
    const wanted = new Set(items.map((item) => String(key(item))));
    for (const [id, { row }] of known) if (!wanted.has(id)) forget(id, row);
    const rows = items.map((item) => rowFor(item));
    rows.forEach((row, index) => linkIn(row).setAttribute("href", href(items[index])));
    rows.forEach((row, index) => {
      if (body.children[index] !== row) body.insertBefore(row, body.children[index] ?? null);
    });
    if (rows.length && !body.querySelector('a[tabindex="0"]')) linkIn(rows[0]).tabIndex = 0;
    table.hidden = !rows.length;
    nothing.hidden = rows.length > 0;
    nothing.textContent = isFiltered ? `No ${name.toLowerCase()} fit the filters: change or clear them.` : empty;
    for (const row of rows) mark(row, row.dataset.key === chosen, isFirst);
    isFirst = false;
  }

  function rowFor(item) {
    const id = String(key(item));
    const text = JSON.stringify(item);
    const shown = known.get(id);
    if (shown?.text === text) return shown.row;
    const row = makeRow(item, id);
    if (!isFirst) row.classList.add("changed");
    if (shown) replace(shown.row, row);
    known.set(id, { text, row });
    return row;
  }

  function makeRow(item, id) {
    const [first, ...others] = columns;
    const link = h("a", { tabindex: -1 }, first.cell(item));
    const cells = others.map(({ cell, className }) => h("td", { class: className }, cell(item)));
    return h("tr", { "data-key": id }, h("th", { scope: "row", class: first.className }, link), ...cells);
  }

  function forget(id, row) {
    known.delete(id);
    row.remove();
  }

  /** Start anew, as for another sandbox: nothing counts as changed. */
  function clear() {
    isFirst = true;
    known.clear();
    body.replaceChildren();
    table.hidden = true;
    nothing.hidden = true;
  }

  function focusOn(id) {
    const row = known.get(id)?.row ?? body.rows[0];
    if (row) linkIn(row).focus();
  }

  const focusAt = (index) => body.rows[index] && linkIn(body.rows[index]).focus();

  table.hidden = true;
  return { element: h("div", { class: "scroll" }, table, nothing), fill, clear, focusOn, focusAt };
}

const linkIn = (row) => row.querySelector("a");

function mark(row, isChosen, isNew) {
  if (isChosen) linkIn(row).setAttribute("aria-current", "true");
  else linkIn(row).removeAttribute("aria-current");
  if (isChosen && isNew) row.scrollIntoView({ block: "nearest" });
}

function replace(old, row) {
  const hadFocus = old.contains(document.activeElement);
  linkIn(row).tabIndex = linkIn(old).tabIndex;
  old.replaceWith(row);
  if (hadFocus) linkIn(row).focus({ preventScroll: true });
}

function rove(event) {
  const link = event.target.closest("tr") && linkIn(event.target.closest("tr"));
  if (!link) return;
  for (const other of event.currentTarget.querySelectorAll('a[tabindex="0"]')) other.tabIndex = -1;
  link.tabIndex = 0;
}

function walk(event) {
  const row = event.target.closest("tr");
  const rows = event.currentTarget.rows;
  const next = {
    ArrowDown: row?.nextElementSibling,
    ArrowUp: row?.previousElementSibling,
    Home: rows[0],
    End: rows[rows.length - 1],
  }[event.key];
  if (!next) return;
  event.preventDefault();
  linkIn(next).focus();
}

/** A click anywhere in a row opens it, unless it selected text. */
function follow(event) {
  const row = event.target.closest("tr");
  if (row && !event.target.closest("a, button") && getSelection().isCollapsed) linkIn(row).click();
}

/** Put a table in the place of an older one. The focus stays on the button that is for the same. */
export function renew(holder, table) {
  const focused = holder.contains(document.activeElement) ? useOf(document.activeElement) : null;
  holder.replaceChildren(table);
  const same = focused && [...holder.querySelectorAll("button")].find((one) => useOf(one) === focused);
  same?.focus({ preventScroll: true });
}

/** What a button is for: its name, or its `data-use` where it is named by the state that it leads to. */
const useOf = (one) => one.dataset.use ?? one.getAttribute("aria-label");

/** Make a plain table of things that are not opened. A column without a title holds their buttons. */
export function plainTable(name, titles, rows, empty) {
  if (!rows.length) return h("p", { class: "empty" }, empty);
  const named = (title) => title || h("span", { class: "offstage" }, "Actions");
  const head = titles.map((title) => h("th", { scope: "col" }, named(title)));
  const lines = rows.map((cells) => h("tr", {}, ...cells.map((cell) => h("td", {}, cell))));
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      { class: "rows plain", "aria-label": name },
      h("thead", {}, h("tr", {}, ...head)),
      h("tbody", {}, ...lines),
    ),
  );
}
