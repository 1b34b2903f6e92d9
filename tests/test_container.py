"""The files of the container's image, as far as tests can run them without an engine."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator import __version__
from emulator.settings import Settings, refuse_unknown
from tests.assembled import assembled
from tests.container import service
from tests.image import health_check, image_environment, instructions
from tests.server import Server, run

ROOT = Path(__file__).parent.parent
COMPOSE = ("docker-compose.yml", "compose.client.yml")
VARIABLE = re.compile(r"\$\{(\w+)")


def services(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / name).read_text())["services"]
    return found


def test_dependencies_are_in_a_layer_before_the_code() -> None:
    lines = instructions()
    of_dependencies = lines.index("FROM python:3.13-slim AS dependencies")
    of_code = lines.index("FROM dependencies AS build")
    copied = [line for line in lines[of_dependencies:of_code] if line.startswith("COPY")]
    assert copied == ["COPY pyproject.toml constraints.txt ./"]
    assert "COPY emulator emulator" in lines[of_code:]


def test_what_the_image_copies_is_let_through() -> None:
    let_through = (ROOT / ".dockerignore").read_text().splitlines()
    for line in instructions():
        if line.startswith("COPY"):
            for source in [word for word in line.split()[1:-1] if not word.startswith("--")]:
                assert f"!{source.partition('/')[0]}" in let_through
                assert (ROOT / source).exists()


def test_the_label_has_the_version_of_the_package() -> None:
    assert f"ARG VERSION={__version__}" in instructions()


def test_the_settings_of_the_image_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    given = image_environment()
    refuse_unknown(given)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert (Settings().log, Settings().is_reachable_from_outside) == ("requests", True)


@pytest.mark.parametrize("name", COMPOSE)
def test_the_variables_of_the_compose_files_are_known(name: str) -> None:
    refuse_unknown(dict.fromkeys(VARIABLE.findall((ROOT / name).read_text()), ""))
    for given in services(name).values():
        refuse_unknown(given["environment"])


OF_THE_CONTAINER = {
    "EMULATOR_HOST",
    "EMULATOR_PORT",
    "EMULATOR_SMTP_PORT",
    "EMULATOR_SMTPS_PORT",
    "EMULATOR_CACHE",
}
"""The settings for which the container has values of its own, because it publishes ports and has no home."""


def test_the_settings_of_the_readme_reach_the_container() -> None:
    readme = (ROOT / "README.md").read_text()
    rows = [line for line in readme.splitlines() if re.match(r"\| (`--[\w-]+`)? ?\| `EMULATOR_", line)]
    named = {name for row in rows for name in re.findall(r"`(EMULATOR_\w+)`", row.split("|")[2])}
    assert len(named) > 20
    wanted = {name: f"chosen-{name}" for name in named - OF_THE_CONTAINER}
    given = service(wanted)
    assert {name for name, value in wanted.items() if value not in given.get(name, "")} == set()
    assert service({})["EMULATOR_HOSTS"].split(",")[0] == "emulator"


def test_the_settings_that_nobody_chose_are_those_of_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in service({}).items():
        monkeypatch.setenv(name, value)
    usual = Settings.model_construct()
    own = {"host", "port", "smtp_port", "smtps_port", "hosts", "log", "control_token"}
    assert Settings().model_dump(exclude=own) == usual.model_dump(exclude=own)


def test_no_port_of_this_machine_is_fixed() -> None:
    ports = services("docker-compose.yml")["emulator"]["ports"]
    assert all(re.fullmatch(r"127\.0\.0\.1:\$\{EMULATOR_PUBLISH\w*:-\d*\}:\d+", port) for port in ports)
    assert {port.rpartition(":")[2] for port in ports} == {"4610", "2525", "2465"}


@pytest.mark.slow
def test_a_client_repository_has_the_addresses_and_credentials_of_the_emulator() -> None:
    given = services("compose.client.yml")
    token = given["emulator"]["environment"]["EMULATOR_CONTROL_TOKEN"]
    with assembled(host="0.0.0.0", control_token=token) as client:  # noqa: S104 -- as in the image
        headers = {"Host": "emulator:4610", "Authorization": f"Bearer {token}"}
        answered = client.get("/_emulator/sandboxes/default", headers=headers).json()["environment"]
    assert given["tests"]["environment"].items() <= (answered | {"EMULATOR_CONTROL_TOKEN": token}).items()


@pytest.mark.slow
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 -- as in the image
def test_the_health_check_finds_a_server_that_is_ready(host: str) -> None:
    with Server("--host", host) as server:
        said = health_check(EMULATOR_PORT=server.url.rpartition(":")[2], EMULATOR_HOST=host)
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


@pytest.mark.slow
def test_the_health_check_says_why_a_server_is_not_ready(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with Server("--data", str(folder)) as server:
        folder.rename(tmp_path / "gone")
        said = health_check(EMULATOR_PORT=server.url.rpartition(":")[2])
    assert said.returncode == 1
    assert str(folder) in said.stdout


@pytest.mark.slow
def test_the_health_check_fails_where_nothing_listens() -> None:
    assert health_check(EMULATOR_PORT="9").returncode == 1
    assert ":9" in health_check(EMULATOR_PORT="9").stderr.replace("/", ":")


def test_the_health_check_passes_over_the_address_of_a_linked_service() -> None:
    assert "4610" in health_check(EMULATOR_PORT="tcp://10.96.12.7:9", EMULATOR_HOST="127.0.0.2").stderr


@pytest.mark.slow
def test_who_exports_the_variables_of_compose_may_still_run_commands() -> None:
    assert run("fixtures", "check", EMULATOR_PUBLISH="4611", EMULATOR_IMAGE="x").returncode == 0
