// The live feed of a sandbox: server-sent events, read with fetch because an EventSource shows no token.

import { Refusal, open } from "./api.js";

const RETRY = 2000;

/** Follow a sandbox until `signal` ends it. `tell` gets each event, `state` live, polling or lost. */
export async function follow({ sandbox, signal, tell, state }) {
  let last = null;
  while (!signal.aborted) {
    try {
      const headers = last === null ? {} : { "Last-Event-ID": last };
      const answer = await open("GET", "/feed", { query: { sandbox }, headers, signal });
      state("live");
      for await (const event of eventsOf(answer.body)) {
        last = event.id ?? last;
        tell(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refusal) return state("polling");
    }
    if (!signal.aborted) state("lost");
    await new Promise((resolve) => setTimeout(resolve, RETRY));
  }
}

async function* eventsOf(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const pieces = (rest + value).split("\n\n");
    rest = pieces.pop();
    for (const piece of pieces) {
      const event = eventOf(piece);
      if (event) yield event;
    }
  }
}

/** Answer an event, or null for a comment. */
function eventOf(text) {
  const fields = {};
  for (const line of text.split("\n")) {
    const [, name, value] = line.match(/^(\w+): ?(.*)$/) ?? [];
    if (name) fields[name] = name === "data" && fields.data ? `${fields.data}\n${value}` : value;
  }
  if (!fields.data) return null;
  return { id: fields.id, kind: fields.event ?? "message", data: JSON.parse(fields.data) };
}
