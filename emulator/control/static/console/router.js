// Where the user is, kept in the address: #/<sandbox>/<tab>/<item>?<filters>. Reloads and links keep it.

const listeners = [];
let here = read();

function read() {
  const hash = location.hash.replace(/^#\/?/, "");
  const cut = hash.indexOf("?");
  const path = cut < 0 ? hash : hash.slice(0, cut);
  const filters = cut < 0 ? {} : Object.fromEntries(new URLSearchParams(hash.slice(cut + 1)));
  const [sandbox = "default", tab = "jobs", ...item] = path.split("/").filter(Boolean).map(decoded);
  return { sandbox, tab, item: segmentsOf(item.join("/")).join("/"), filters };
}

/** The names that a path is made of; steps to elsewhere are none. */
function segmentsOf(path) {
  return String(path)
    .split("/")
    .filter((segment) => !["", ".", ".."].includes(segment));
}

/** Write the name of an item as a part of the API's paths. */
export const pathOf = (item) => segmentsOf(item).map(encodeURIComponent).join("/");

function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export const place = () => here;

/** Answer the address of another place. A change of the tab or sandbox leaves item and filters behind. */
export function address(change) {
  const moves = "tab" in change || "sandbox" in change;
  const next = { ...here, ...(moves ? { item: "", filters: {} } : {}), ...change };
  const view = [next.sandbox, next.tab].map(encodeURIComponent).join("/");
  const said = Object.entries(next.filters).filter(([, value]) => value !== "");
  const query = said.length ? `?${new URLSearchParams(said)}` : "";
  return `#/${[view, pathOf(next.item)].filter(Boolean).join("/")}${query}`;
}

export function go(change) {
  location.hash = address(change);
}

/** Change the place without a step in the browser's history, as typing in a search field does. */
export function adjust(change) {
  history.replaceState(null, "", address(change));
  arrive();
}

/** Call back whenever the place has changed. */
export function onArrival(listener) {
  listeners.push(listener);
}

function arrive() {
  here = read();
  for (const listener of listeners) listener(here);
}

window.addEventListener("hashchange", arrive);
