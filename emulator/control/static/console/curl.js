// A request as a command for curl.

/** Headers that curl makes itself, or that are of the connection. */
const OWN = new Set(
  "host content-length connection keep-alive transfer-encoding content-encoding accept-encoding expect user-agent".split(" "),
);
const HIDDEN = "***"; // what the journal shows of a field that holds a credential

/**
 * Write a request as a command for a POSIX shell.
 *
 * The journal hides credentials. Where the request showed one of `credentials`, which are the sandbox's own, it stands in
 * the command in full, so that it runs as it is: the button Access shows them anyway, they were made up by the emulator,
 * and they open nothing else. Every other stays hidden, as it may be a real one that was sent here by mistake,
 * and commands end up in tickets.
 */
export function curlOf(request, credentials) {
  const { method, request_headers } = request;
  const [query, body, head] = filledIn(request, credentials);
  const url = `${location.origin}${encodeURI(request.path).replace(/[?#]/g, encodeURIComponent)}${query && `?${query}`}`;
  const isKept = (name) => !OWN.has(name) || (name === "host" && request.unclaimed === "refused Host");
  const headers = Object.keys(request_headers).filter((name) => isKept(name) && head[name] !== "*/*");
  return [
    `curl ${method === "HEAD" ? "--head" : `-X ${method}`} ${quoted(url)}`,
    ...headers.map((name) => `-H ${quoted(`${name}: ${head[name]}`)}`),
    ...(body ? [`--data-raw ${quoted(body)}`] : []),
  ].join(" \\\n  ");
}

/** Return query, body and headers with the credential that was shown, if it is one of those. */
function filledIn({ credential, query, request_body, request_headers }, credentials) {
  const own = credential.endsWith("…") && credentials.find((one) => one.startsWith(credential.slice(0, -1)));
  if (!own) return [query, request_body, request_headers];
  const masks = [credential, credential.replace("…", "...")]; // as texts and as headers of a snapshot have it
  const shows = (text) => masks.some((mask) => text.includes(mask));
  const full = (text) => masks.reduce((filled, mask) => filled.replaceAll(mask, own), text);
  const headers = Object.entries(request_headers).map(([name, value]) => [name, full(value)]);
  const isElsewhere = !Object.values(request_headers).some(shows);
  const place = isElsewhere && [query, request_body].findIndex((text) => text.includes(HIDDEN));
  const filled = (text, index) => full(index === place ? text.replace(HIDDEN, own) : text);
  const texts = [query, request_body].map(filled);
  return [...texts, Object.fromEntries(headers)];
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
