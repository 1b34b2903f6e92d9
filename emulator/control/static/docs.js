"use strict";

const picker = document.getElementById("document");

function fillInCredential(ui) {
  const credential = ui.specSelectors.specJson().get("x-emulator-credential");
  if (credential) ui.preauthorizeApiKey("credential", credential);
}

function show(name) {
  const ui = SwaggerUIBundle({
    url: `/openapi/${name}.json`,
    dom_id: "#ui",
    deepLinking: false,
    docExpansion: "list",
    tryItOutEnabled: true,
    validatorUrl: null,
    onComplete: () => fillInCredential(ui),
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
