// Keys for the whole page. None of them works while the user types.

import { h } from "./dom.js";
import { openDialog } from "./forms.js";

const KEYS = [
  ["Tab", "from one part of the page to the next"],
  ["← →", "between the tabs, when one has the focus"],
  ["↑ ↓ Home End", "between the rows of a table"],
  ["Enter", "opens the row; applies a filter that has to be whole, as a status"],
  ["Esc", "closes the details or a dialog"],
  ["/", "goes to the search of the tab"],
  ["?", "shows these keys"],
];

export function listenToKeys({ search, close }) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const types = event.target.matches("input:not([type=checkbox], [type=file]), textarea, select");
    const hasTyped = types && event.target.tagName !== "SELECT" && event.target.value !== "";
    if (event.key === "Escape" && !hasTyped) {
      if (close()) event.preventDefault();
    } else if (!types && event.key === "/") {
      event.preventDefault();
      search();
    } else if (!types && event.key === "?") {
      showKeys();
    }
  });
}

export function showKeys() {
  const rows = KEYS.map(([keys, meaning]) => [
    h("dt", {}, ...keys.split(" ").map((key) => h("kbd", {}, key))),
    h("dd", {}, meaning),
  ]);
  openDialog("Keys", h("dl", { class: "facts keys" }, ...rows.flat()));
}
