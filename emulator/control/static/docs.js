"use strict";

const picker = document.getElementById("document");

function fillInCredentials(ui) {
  const credentials = ui.specSelectors.specJson().get("x-emulator-credentials");
  credentials?.forEach((credential, scheme) => ui.preauthorizeApiKey(scheme, credential));
}

/** Ask the server that this page is from: a public URL need not be reachable from here. */
function askHere(ui) {
  if (ui.specSelectors.specJson().has("servers")) ui.oas3Actions.setSelectedServer("/");
}

function show(name) {
  const ui = SwaggerUIBundle({
    url: `/openapi/${name}.json`,
    dom_id: "#ui",
    deepLinking: false,
    docExpansion: "list",
    tryItOutEnabled: true,
    validatorUrl: null,
    onComplete: () => {
      askHere(ui);
      fillInCredentials(ui);
    },
  });
}

function chosen() {
  const wanted = new URLSearchParams(location.search).get("document");
  const known = [...picker.options].map((option) => option.value);
  return known.includes(wanted) ? wanted : known[0];
}

picker.addEventListener("change", () => {
  history.pushState(null, "", `?document=${picker.value}`);
  show(picker.value);
});
window.addEventListener("popstate", () => show((picker.value = chosen())));
show((picker.value = chosen()));
