// Building the page out of elements. What comes from outside only ever becomes text, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element. Attributes named `on…` are listeners; those that are null or false are left out, as are children. */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** Make an element of a drawing. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child === 0 || child));
  return element;
}

/** A button that acts when it is pressed, and not again before that is done. */
export function button(text, act, attributes = {}) {
  const self = h("button", { type: "button", onclick: () => once(self, act), ...attributes }, text);
  return self;
}

/** Do some work unless it is under way already; the button shows that it is, and keeps the focus. */
export async function once(pressed, work) {
  if (pressed.ariaDisabled === "true") return;
  pressed.ariaDisabled = "true";
  try {
    await work();
  } finally {
    pressed.ariaDisabled = null;
  }
}

/** Names and values, one below the other; what has no value is left out. */
export function facts(pairs) {
  const said = Object.entries(pairs).filter(([, value]) => value === 0 || value);
  return h("dl", { class: "facts" }, ...said.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

/** Text from outside beside other text: where it changes the direction of writing, the rest keeps its own. */
export function apart(text) {
  return h("bdi", {}, text);
}

/** `1 message`, `2 messages`. */
export const counted = (number, thing) => `${number} ${thing}${number === 1 ? "" : "s"}`;

export function code(text) {
  return h("code", {}, text);
}

/** Text in one short line, whole when it is pointed at. */
export function clipped(text) {
  return h("code", { class: "clipped", title: text }, text);
}

export function section(title, ...children) {
  return h("section", { class: "part" }, h("h3", {}, title), ...children);
}

/** A time of the sandbox, without milliseconds that are zero. */
export function moment(at) {
  if (!at) return "";
  const millis = at.slice(19, 23);
  const short = `${at.slice(0, 10)} ${at.slice(11, 19)}${millis === ".000" ? "" : millis}`;
  return h("time", { datetime: at, title: at }, short);
}

/** Text with a button that copies it. */
export function copyable(text, name) {
  return h("span", { class: "copyable" }, code(text), copyButton(text, name));
}

/** A button that copies a text, or what a function returns. Its name begins with its title. */
export function copyButton(text, name, title = "Copy") {
  const made = async () => (typeof text === "function" ? text() : text);
  const self = button(title, () => made().then((copied) => copy(copied, self, title)), {
    class: "small",
    "aria-label": `${title} ${name}`,
  });
  return self;
}

async function copy(text, pressed, title) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelection(text, pressed);
  }
  const aloud = h("span", { class: "offstage", role: "status" }); // the button's name stays what it copies
  pressed.after(aloud);
  setTimeout(() => (aloud.textContent = pressed.textContent = "Copied"));
  setTimeout(() => {
    aloud.remove();
    pressed.textContent = title;
  }, 1500);
}

/** For pages that are not from this machine and have no secure connection: they have no clipboard. */
function copyBySelection(text, pressed) {
  const area = h("textarea", { class: "offstage", readonly: true });
  area.value = text;
  pressed.after(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  pressed.focus();
}

/** JSON with indents; everything else as it is. */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

export function body(text) {
  return text ? h("pre", { tabindex: 0 }, pretty(text)) : h("p", { class: "muted" }, "No body.");
}

/** Headers as a table. */
export function headers(all) {
  const rows = Object.entries(all).map(([name, value]) =>
    h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value)),
  );
  return rows.length
    ? h("table", { class: "pairs" }, h("tbody", {}, ...rows))
    : h("p", { class: "muted" }, "None.");
}

/** What a closed part of the page shows when it is opened. */
export function folded(title, ...children) {
  return h("details", { class: "part" }, h("summary", {}, title), ...children);
}
