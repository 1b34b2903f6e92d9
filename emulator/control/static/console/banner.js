// Says that requests came that belong to no sandbox: a wrong credential is the usual reason for an empty list.

import { button } from "./dom.js";
import { go, place } from "./router.js";

const SEEN = "emulator-unclaimed-seen";

const KINDS = {
  "unknown credential": "with an unknown credential",
  "no credential": "without a credential",
  "refused Host": "with a Host that is not let in",
  "path of no provider": "at a path of no provider",
};

/** Make the banner. It goes away when the requests are looked at, and comes back with the next one. */
export function makeBanner(root, { changed }) {
  const open = () => go({ tab: "requests", filters: { unclaimed: "true" } });
  let known = 0;
  let shown = "";

  /** Show what the list of sandboxes says of the requests that belong to none. */
  function show({ total, reasons, latest }) {
    if (isLookedAt()) {
      sessionStorage.setItem(SEEN, latest);
      if (latest !== known) changed();
    }
    known = latest;
    const isSeen = sessionStorage.getItem(SEEN) === String(latest);
    say(total === 0 || isSeen ? "" : inWords(total, reasons));
  }

  function say(text) {
    if (text === shown) return;
    shown = text;
    root.replaceChildren(...(text ? [text, button("Show", open, { class: "small" })] : []));
  }

  return { show };
}

function isLookedAt() {
  const { tab, filters } = place();
  return tab === "requests" && Boolean(filters.unclaimed);
}

/** `1 request with an unknown credential`, or `3 requests of no sandbox: 2 without a credential, 1 …`. */
function inWords(total, reasons) {
  const requests = total === 1 ? "1 request" : `${total} requests`;
  const kinds = Object.entries(reasons);
  if (kinds.length === 1) return `${requests} ${KINDS[kinds[0][0]]}`;
  return `${requests} of no sandbox: ${kinds.map(([reason, count]) => `${count} ${KINDS[reason]}`).join(", ")}`;
}
