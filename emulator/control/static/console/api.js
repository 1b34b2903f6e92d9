// The emulator's HTTP API, which is all that this page knows of it.

import { place } from "./router.js";
import { fetchWithToken } from "./token.js";

const FIELD = /(?<![\w@/.'"`-])[a-z]+(?:_[a-z]+)+(?![\w@/'"`-])/g; // not in quotes, addresses and paths

/** Answer what the API says, with the page's words for its fields. */
function inWords(text) {
  return text.replaceAll("force=true", "“by force”").replace(FIELD, (name) => name.replaceAll("_", " "));
}

/** The emulator refused something. The message says why, as its problem details do. */
export class Refusal extends Error {
  constructor(status, problem) {
    const fields = (problem.errors ?? []).map((error) => `${error.field}: ${error.message}`);
    super(inWords([problem.detail ?? `The emulator answered ${status}.`, ...fields].join(" ")));
    this.status = status;
    this.problem = problem;
  }
}

/** The emulator could not be reached. */
export class Unreachable extends Error {
  constructor() {
    super("The emulator could not be reached. Try again.");
  }
}

/** Answer what the API answers: decoded JSON, or null where there is nothing. */
export async function ask(method, path, options = {}) {
  const answer = await open(method, path, options);
  return answer.status === 204 ? null : answer.json();
}

/** Save what is at a path as a file. It is fetched, as the token goes in a header. */
export async function download(path, name) {
  const answer = await open("GET", path);
  const url = URL.createObjectURL(await answer.blob());
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
  return `Downloaded ${name}.`;
}

/** Answer the Response itself. */
export async function open(method, path, { query = {}, json, file, headers = {}, signal } = {}) {
  const url = new URL(`/_emulator${path}`, location.origin);
  const said = Object.entries({ sandbox: place().sandbox, ...query }).filter(
    ([, value]) => (value ?? "") !== "",
  );
  url.search = new URLSearchParams(said);
  const type = json === undefined ? file && "application/octet-stream" : "application/json";
  const request = {
    method,
    signal,
    cache: "no-store",
    body: json === undefined ? file : JSON.stringify(json),
    headers: { ...headers, ...(type && { "Content-Type": type }) },
  };
  const answer = await reached(fetchWithToken(url, request));
  if (answer.ok) return answer;
  throw new Refusal(answer.status, await answer.json().catch(() => ({})));
}

async function reached(request) {
  try {
    return await request;
  } catch (error) {
    throw error.name === "AbortError" ? error : new Unreachable();
  }
}
