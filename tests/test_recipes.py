"""docs/ci.md: its recipes are valid, and the emulator that each one starts accepts its clients."""

import re
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import yaml
from packaging.requirements import Requirement

from emulator.settings import refuse_unknown
from tests.autosend.smtp import ports
from tests.image import ROOT, container, health_check, image_ports, last
from tests.server import Server
from tests.snippets import commands, files

FILES = files("ci.md")
GITHUB, GITLAB, COMPOSE = ".github/workflows/tests.yml", ".gitlab-ci.yml", "compose.yml"
ONE, MANY = "emulator.yaml", "emulators.yaml"
SCHEMAS = {
    GITHUB: ["vendor.github-workflows"],
    GITLAB: ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
    COMPOSE: ["vendor.compose-spec"],
    "docker-compose.yml": ["vendor.compose-spec"],
    "compose.client.yml": ["vendor.compose-spec"],
}
VERSIONS = ("1.30", "1.37")
"""The oldest and the newest version of Kubernetes against whose schemas files are checked."""
POD = "10.244.1.7"
MAIL = {
    "from": {"email": "hello@example.com"},
    "to": {"email": "ann@example.com"},
    "subject": "Order 77",
    "text": "Shipped.",
}


def text_of(name: str) -> str:
    return FILES.get(name) or (ROOT / name).read_text()


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(text_of(name)))


class Recipe(NamedTuple):
    """The environment that a recipe gives the emulator, and the URLs at which clients reach it."""

    environment: dict[str, str]
    urls: list[str]
    token: str = "local"
    probes: tuple[str, ...] = ()
    """The paths of the probes, which are sent to the pod's address."""


def of_github(job: str) -> Recipe:
    given = documents(GITHUB)[0]["jobs"][job]
    ((name, service),) = given["services"].items()
    host = urlsplit(given["env"]["EMULATOR_URL"]).hostname
    is_published = service.get("ports") == ["4610:4610"]
    assert host == (name if "container" in given else "localhost")
    assert is_published == (host == "localhost")
    env = given["env"]
    return Recipe(service["env"], [env["EMULATOR_URL"]], env["EMULATOR_CONTROL_TOKEN"])


def of_gitlab() -> Recipe:
    given = documents(GITLAB)[0]["tests"]
    (service,) = given["services"]
    variables = given["variables"]
    assert urlsplit(variables["EMULATOR_URL"]).hostname == service["alias"]
    assert int(service["variables"]["HEALTHCHECK_TCP_PORT"]) == urlsplit(variables["EMULATOR_URL"]).port
    return Recipe(
        variables | service["variables"], [variables["EMULATOR_URL"]], variables["EMULATOR_CONTROL_TOKEN"]
    )


def of_compose(name: str) -> Recipe:
    services = documents(name)[0]["services"]
    (emulator, client) = services
    url = services[client]["environment"]["AUTOSEND_BASE_URL"].removesuffix("/v1")
    assert urlsplit(url).hostname == emulator
    assert services[client]["depends_on"] == {emulator: {"condition": "service_healthy"}}
    return Recipe(services[emulator]["environment"], [url])


def of_kubernetes(name: str) -> Recipe:
    secret, service, workload = documents(name)
    pod = workload["spec"]["template"]["spec"]
    (run,) = pod["containers"]
    environment = {one["name"]: one.get("value") or _secret(one, secret) for one in run["env"]}
    host, port = service["metadata"]["name"], service["spec"]["ports"][0]["port"]
    spaces = ["", ".testing.svc", ".testing.svc.cluster.local"]
    if workload["kind"] == "StatefulSet":
        host = f"{workload['metadata']['name']}-1.{host}"
        spaces.append(".testing")
    linked = {"EMULATOR_SERVICE_HOST": "10.96.1.7", "EMULATOR_PORT": "tcp://10.96.1.7:4610"}
    return Recipe(
        environment | linked,
        [f"http://{host}{space}:{port}" for space in spaces],
        secret["stringData"]["token"],
        tuple(run[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")),
    )


def _secret(entry: dict[str, Any], secret: dict[str, Any]) -> str:
    asked = entry["valueFrom"]["secretKeyRef"]
    assert asked["name"] == secret["metadata"]["name"]
    return str(secret["stringData"][asked["key"]])


RECIPES = {
    "on the runner": of_github("on-the-runner"),
    "in a container": of_github("in-a-container"),
    "gitlab": of_gitlab(),
    "compose": of_compose(COMPOSE),
    "compose of a client": of_compose("compose.client.yml"),
    "deployment": of_kubernetes(ONE),
    "statefulset": of_kubernetes(MANY),
}


def started(recipe: Recipe, data: Path) -> Server:
    """Return the emulator as the recipe starts it, with free ports, and a folder in place of its volume."""
    environment = dict(recipe.environment)
    if "EMULATOR_DATA" in environment:
        assert environment["EMULATOR_DATA"] == last("VOLUME")
        environment["EMULATOR_DATA"] = str(data)
    for name in ("EMULATOR_SMTP_PORT", "EMULATOR_SMTPS_PORT"):
        if name in environment:
            assert int(environment[name]) in image_ports()
            environment[name] = "0"
    return container(environment)


@pytest.fixture(scope="module", params=RECIPES)
def replayed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Recipe, Server]]:
    recipe = RECIPES[request.param]
    with started(recipe, tmp_path_factory.mktemp("data")) as server:
        yield recipe, server


@pytest.mark.slow
@pytest.mark.parametrize("name", SCHEMAS)
def test_a_recipe_has_the_form_that_its_reader_wants(name: str, tmp_path: Path) -> None:
    file = tmp_path / "recipe.yml"
    file.write_text(text_of(name))
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *SCHEMAS[name], str(file)]
    done = subprocess.run(check, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", [ONE, MANY])
def test_a_manifest_has_the_form_that_kubernetes_wants(name: str, version: str) -> None:
    for document in documents(name):
        assert kubernetes_validate.validate(document, version, strict=True) == version


@pytest.mark.slow
def test_clients_are_let_in_by_every_name_that_the_recipe_gives_them(
    replayed: tuple[Recipe, Server],
) -> None:
    recipe, server = replayed
    for url in recipe.urls:
        host = {"Host": urlsplit(url).netloc}
        with server.client(headers=host) as http:
            assert http.get("/readyz").status_code == 200
            assert http.post("/_emulator/sandboxes", json={}).status_code == 401
            token = {"Authorization": f"Bearer {recipe.token}"}
            made = http.post("/_emulator/sandboxes", json={"fixtures": "empty"}, headers=token)
            assert made.status_code == 201, made.text
            environment = made.json()["environment"]
            assert environment["AUTOSEND_BASE_URL"] == f"{url}/v1"
            key = {"Authorization": f"Bearer {environment['AUTOSEND_API_KEY']}"}
            assert http.post("/v1/mails/send", json=MAIL, headers=key).status_code == 200


@pytest.mark.slow
def test_the_default_sandbox_has_the_usual_credentials(replayed: tuple[Recipe, Server]) -> None:
    recipe, server = replayed
    headers = {"Host": urlsplit(recipe.urls[0]).netloc, "Authorization": "Bearer AS_emulator000000000000"}
    with server.client(headers=headers) as http:
        assert http.post("/v1/mails/send", json=MAIL).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("host", ["tests", "host.docker.internal", "172.18.0.3"])
def test_webhooks_may_go_to_what_runs_beside_a_recipe(replayed: tuple[Recipe, Server], host: str) -> None:
    recipe, server = replayed
    target = {"provider": "autosend", "url": f"http://{host}:9000/hooks"}
    with server.client(headers={"Authorization": f"Bearer {recipe.token}"}) as http:
        assert http.post("/_emulator/webhooks/targets", json=target).status_code == 201


@pytest.mark.parametrize("page", ["compose.client.yml", "docs/ci.md", "README.md"])
def test_what_compose_runs_has_the_name_of_its_service(page: str) -> None:
    started = re.findall(r"docker compose .*?run .*", (ROOT / page).read_text())
    assert all("--use-aliases" in line for line in started if "--rm" in line)


@pytest.mark.parametrize("name", ["docker-compose.yml", GITHUB])
def test_webhooks_find_the_machine_of_the_container(name: str) -> None:
    assert "host.docker.internal:host-gateway" in text_of(name)


@pytest.mark.slow
def test_probes_and_the_health_check_succeed(replayed: tuple[Recipe, Server]) -> None:
    recipe, server = replayed
    port = server.url.rpartition(":")[2]
    with server.client(headers={"Host": f"{POD}:4610", "User-Agent": "kube-probe/1.37"}) as http:
        assert [http.get(path).status_code for path in recipe.probes] == [200 for _ in recipe.probes]
    assert health_check(EMULATOR_PORT=port, EMULATOR_HOST="0.0.0.0").returncode == 0  # noqa: S104 -- as there


@pytest.mark.slow
def test_the_relay_listens_where_a_recipe_wants_it(replayed: tuple[Recipe, Server]) -> None:
    recipe, server = replayed
    assert ("smtp" in ports(server)) == ("EMULATOR_SMTP_PORT" in recipe.environment)
    if "smtp" in ports(server):
        with smtplib.SMTP("127.0.0.1", ports(server)["smtp"], timeout=30) as relay:
            assert relay.noop()[0] == 250


@pytest.mark.slow
@pytest.mark.parametrize("name", ["compose", "statefulset"])
def test_a_recipe_with_a_volume_keeps_its_sandboxes(name: str, tmp_path: Path) -> None:
    recipe = RECIPES[name]
    token = {"Authorization": f"Bearer {recipe.token}"}
    with started(recipe, tmp_path) as server, server.client(headers=token) as http:
        assert http.post("/_emulator/sandboxes", json={"name": "checkout"}).status_code == 201
    with started(recipe, tmp_path) as server, server.client(headers=token) as http:
        assert http.get("/_emulator/sandboxes/checkout").status_code == 200


@pytest.mark.parametrize("name", RECIPES)
def test_the_settings_of_a_recipe_are_known(name: str) -> None:
    refuse_unknown(RECIPES[name].environment)


@pytest.mark.parametrize("name", [ONE, MANY])
def test_a_manifest_is_of_one_piece(name: str) -> None:
    _, service, workload = documents(name)
    spec, pod = workload["spec"], workload["spec"]["template"]
    (run,) = pod["spec"]["containers"]
    assert service["spec"]["selector"] == spec["selector"]["matchLabels"] == pod["metadata"]["labels"]
    listened = {port["name"]: port["containerPort"] for port in run["ports"]}
    assert set(listened.values()) <= image_ports()
    assert {port["targetPort"]: port["port"] for port in service["spec"]["ports"]} == listened
    mounted = {mount["name"]: mount["mountPath"] for mount in run["volumeMounts"]}
    claims = [claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])]
    assert sorted(mounted) == sorted([*claims, *(volume["name"] for volume in pod["spec"]["volumes"])])
    assert mounted["tmp"] == "/tmp"  # noqa: S108 -- the rest of the file system can not be written to


def test_a_deployment_is_one_emulator_at_a_time() -> None:
    spec = documents(ONE)[2]["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_a_stateful_set_has_a_name_and_a_volume_for_each_replica() -> None:
    _, service, workload = documents(MANY)
    spec = workload["spec"]
    assert (service["spec"]["clusterIP"], spec["serviceName"]) == ("None", service["metadata"]["name"])
    assert str(spec["template"]["spec"]["securityContext"]["fsGroup"]) in last("USER").split(":")
    (run,) = spec["template"]["spec"]["containers"]
    assert {"name": "data", "mountPath": last("VOLUME")} in run["volumeMounts"]


def test_a_package_is_installed_by_a_requirement_that_can_be_read() -> None:
    quoted = re.findall(r'install "(.*?)"', "\n".join([*commands("ci.md"), text_of(GITHUB)]))
    assert len(quoted) == 2
    assert {Requirement(text).name for text in quoted} == {"messaging-emulator"}
    assert all((Requirement(text).url or "").startswith("git+https://") for text in quoted)


def test_every_recipe_is_tried() -> None:
    assert set(FILES) == {GITHUB, GITLAB, COMPOSE, ONE, MANY}
