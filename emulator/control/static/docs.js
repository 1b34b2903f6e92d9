// Swagger UI, with a picker of the documents and the credentials that their operations need.

import { fetchWithToken, forgetToken, keepToken, keptToken } from "/console/token.js";

const CONTROL = "control-token"; // the control plane's security scheme
const GUARDED = /^\/(_emulator|__admin)\//;

const picker = document.getElementById("document");
const dark = matchMedia("(prefers-color-scheme: dark)");
let shown = null;

/** Ask the server that this page is from: a public URL need not be reachable from here. */
function askHere(ui) {
  if (ui.specSelectors.specJson().has("servers")) ui.oas3Actions.setSelectedServer("/");
}

function show(name) {
  shown = picker.value = name;
  const ui = SwaggerUIBundle({
    url: `/openapi/${name}.json?version=3.0`, // which it opens several times as fast as 3.1
    dom_id: "#ui",
    deepLinking: true,
    defaultModelExpandDepth: 2, // the fields of a schema, and what they hold
    defaultModelsExpandDepth: 0, // hundreds of schemas, and the operations show theirs
    displayRequestDuration: true,
    docExpansion: "list",
    filter: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
    validatorUrl: null,
    plugins: [shareToken],
    requestInterceptor: (request) => guarded(request, () => fillIn(ui)),
    onComplete: () => {
      askHere(ui);
      fillIn(ui);
    },
  });
}

/** A plugin: the token that is entered or forgotten among the authorisations is so for the console too. */
function shareToken() {
  const authorize = (original) => (entered) => {
    if (entered[CONTROL]?.value) keepToken(entered[CONTROL].value);
    return original(entered);
  };
  const logout = (original) => (schemes) => {
    if (schemes.includes(CONTROL)) forgetToken();
    return original(schemes);
  };
  return { statePlugins: { auth: { wrapActions: { authorize, logout } } } };
}

/** Let a request to the control plane show the token, which is asked for if it is needed; then do what comes next. */
function guarded(request, next) {
  if (!GUARDED.test(new URL(request.url, location.origin).pathname)) return request;
  request.userFetch = async (url, options) => {
    const answer = await fetchWithToken(url, options, { mayCancel: true });
    next();
    return answer;
  };
  return request;
}

/** Fill in the credentials that come with the document, where the user has entered no others, and the token. */
function fillIn(ui) {
  const document = ui.specSelectors.specJson();
  const entered = (scheme, field) => ui.authSelectors.authorized()?.getIn([scheme, field]);
  const isOwn = (scheme) => entered(scheme, "value") !== undefined && !entered(scheme, "isFilledIn");
  const offered = Object.entries(document.get("x-emulator-credentials")?.toJS() ?? {});
  const token = keptToken() === null ? [] : [[CONTROL, keptToken()]];
  const wanted = [...offered.filter(([scheme]) => !isOwn(scheme)), ...token];
  const changes = wanted.flatMap(([name, value]) => {
    const schema = document.getIn(["components", "securitySchemes", name])?.toJS();
    const isNew = schema && entered(name, "value") !== value;
    return isNew ? [[name, { name, schema, value, isFilledIn: true }]] : [];
  });
  if (changes.length) ui.authActions.authorize(Object.fromEntries(changes)); // which draws all operations anew
}

function chosen() {
  const wanted = new URLSearchParams(location.search).get("document");
  const known = [...picker.options].map((option) => option.value);
  return known.includes(wanted) ? wanted : known[0];
}

const followScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);

dark.addEventListener("change", followScheme);
picker.addEventListener("change", () => {
  history.pushState(null, "", `?document=${picker.value}`);
  show(picker.value);
});
window.addEventListener("popstate", () => chosen() !== shown && show(chosen()));
followScheme();
show(chosen());
