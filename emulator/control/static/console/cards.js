// Cards of RCS messages, and Viber messages, drawn as their readers see them. Pictures stand elsewhere: they are named.

import { code, h } from "./dom.js";

/** The cards of a message; none where it is a text alone. */
export function cardsOf({ text, payload }) {
  if (payload?.cards) return payload.cards.map(card);
  if (!payload?.image_url && !payload?.button_caption) return [];
  const button = payload.button_caption && { text: payload.button_caption, url: payload.link_url };
  return [card({ text, media: payload.image_url && { url: payload.image_url }, suggestions: button ? [button] : [] })];
}

function card({ title, text, media, suggestions }) {
  return h(
    "li",
    { class: "card" },
    media && h("p", { class: "media" }, "Picture or film: ", code(media.url)),
    title && h("strong", {}, title),
    text && h("p", {}, text),
    suggestions?.length > 0 && h("ul", { class: "lines" }, ...suggestions.map(pressed)),
  );
}

const pressed = ({ text, url, phone }) => h("li", {}, h("b", {}, text), " ", code(url ?? `tel:${phone}`));
