"""The Kubernetes form in docs/scaling.md, as far as it can be tried without a cluster."""

import re
from typing import Any

import pytest
import yaml

from emulator.settings import Settings, refuse_unknown
from tests.assembled import assembled
from tests.fleet import REPLICAS, block

SERVICE_LINKS = {
    "EMULATORS_PORT": "tcp://10.96.12.7:4610",
    "EMULATORS_SERVICE_HOST": "10.96.12.7",
    "EMULATORS_PORT_4610_TCP_ADDR": "10.96.12.7",
}
"""The variables that Kubernetes adds to a pod's environment for these services."""


@pytest.fixture(scope="module")
def objects() -> dict[str, Any]:
    """The objects by kind and name."""
    documents = yaml.safe_load_all(block("yaml"))
    return {f"{one['kind']}/{one['metadata']['name']}": one["spec"] for one in documents}


def environment_of(pod: str, container: Any) -> dict[str, str]:
    """Return the variables of a container in a pod, as Kubernetes fills them in."""
    filled = {"metadata.name": pod, "token": "sesame"}
    found: dict[str, str] = {}
    for variable in container["env"]:
        if "value" in variable:
            value = re.sub(r"\$\((\w+)\)", lambda name: found[name[1]], variable["value"])
        else:
            ((_, source),) = variable["valueFrom"].items()
            value = filled[source.get("fieldPath") or source["key"]]
        found[variable["name"]] = value
    return found


def test_the_services_select_the_pods(objects: dict[str, Any]) -> None:
    pods = objects["StatefulSet/emulator"]
    labels = pods["template"]["metadata"]["labels"]
    assert pods["selector"]["matchLabels"] == labels
    assert pods["serviceName"] == "emulator"
    assert objects["Service/emulator"]["clusterIP"] == "None"
    for name in ("emulator", "emulators"):
        assert objects[f"Service/{name}"]["selector"] == labels
        assert objects[f"Service/{name}"]["ports"][0]["port"] == Settings().port


def test_each_pod_names_itself(objects: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    (container,) = objects["StatefulSet/emulator"]["template"]["spec"]["containers"]
    urls = []
    for number in range(objects["StatefulSet/emulator"]["replicas"]):
        environment = environment_of(f"emulator-{number}", container)
        refuse_unknown(environment | SERVICE_LINKS)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        urls.append(Settings().public_url)
    assert urls == [f"http://emulator-{number}.emulator:4610" for number in range(REPLICAS)]
    assert all(f"{url} ".removeprefix("http://") in f"{block('haproxy')} ".replace("\n", " ") for url in urls)


@pytest.mark.slow
def test_a_pod_lets_in_the_hosts_of_its_clients(objects: dict[str, Any]) -> None:
    (container,) = objects["StatefulSet/emulator"]["template"]["spec"]["containers"]
    given = environment_of("emulator-2", container)
    settings = {"public_url": given["EMULATOR_PUBLIC_URL"], "control_token": given["EMULATOR_CONTROL_TOKEN"]}
    with assembled(host="10.1.2.3", **settings) as http:
        http.headers["Authorization"] = "Bearer sesame"
        for host in ("emulators", "emulator-2.emulator", "emulator-2.emulator.tests.svc", "10.1.2.3"):
            made = http.post("/_emulator/sandboxes", headers={"Host": f"{host}:4610"})
            assert (made.status_code, made.json()["url"]) == (201, "http://emulator-2.emulator:4610")
        for probe in ("readinessProbe", "livenessProbe"):
            path = container[probe]["httpGet"]["path"]
            assert http.get(path, headers={"Host": "10.1.2.3:4610"}).text == "ok"
