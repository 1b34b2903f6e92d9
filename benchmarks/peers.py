"""Other tools that stand in for somebody's HTTP API: how they are installed and started.

Their answers are the emulator's own to the same requests. What can not be installed is not measured.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

from accounts import CAMPAIGNS
from answers import answer
from loads import LOADS, MAIL, READ, STOP, Sent
from subjects import HERE, Running, call, free_port, started

NPM = HERE / "node_modules"
PACKAGES = {
    "prism": "@stoplight/prism-cli@5.14.2",
    "wiremock": "wiremock@3.13.2",
    "mockoon-cli": "@mockoon/cli@9.9.0",
}
MOTO = HERE / ".venv"
MOCKSERVER = HERE / "build" / "mockserver.jar"
MOCKSERVER_ARTIFACT = "org.mock-server:mockserver-netty:8.0.0:jar:shaded"
STATEFUL = "/stateful"
"""The prefix of WireMock's stubs that belong to a scenario."""
JOURNAL = "1000"
"""How many requests WireMock and MockServer keep: as many as a sandbox of the emulator."""
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/ses/aws4_request, SignedHeaders=host, Signature=0"
)
"""A signature as moto reads it: it takes the service from it."""


class MissingError(Exception):
    """A tool can not be had here. The text says why."""


@dataclass(frozen=True)
class Stub:
    """A request that is answered with one text: `path` has `*` for a part that may be anything."""

    method: str
    path: str
    body: str


def stubs(emulator: str) -> list[Stub]:
    """Return what the static tools answer: what the emulator at this address does, fresh."""
    call(f"{emulator}/_emulator/reset", "POST")
    first = {load: LOADS[load] for load in (READ, STOP, MAIL)}
    return [
        Stub("GET", "/v1/campaigns/*", answer(emulator, first[READ][0]).decode()),
        Stub("POST", "/v1/campaigns/*/pause", answer(emulator, first[STOP][0]).decode()),
        Stub("POST", "/v1/campaigns/*/resume", answer(emulator, first[STOP][len(CAMPAIGNS)]).decode()),
        Stub("POST", "/v1/mails/send", answer(emulator, first[MAIL][0]).decode()),
    ]


STATIC_LOADS = {load: LOADS[load] for load in (READ, STOP, MAIL)}
SCENARIO_LOADS = {
    load: [Sent(one.method, STATEFUL + one.path, one.body, one.headers) for one in LOADS[load]]
    for load in (READ, STOP)
}


def _npm(name: str) -> list[str]:
    """Return the command of a package of npm; install it beside this file if needed. Raises MissingError."""
    command = NPM / ".bin" / name
    if not command.exists():
        if shutil.which("npm") is None:
            raise MissingError("npm is not installed")
        _install("npm", "install", "--no-save", "--prefix", str(HERE), *PACKAGES.values())
    return [str(command)]


def _install(*command: str) -> None:
    print(f"installing: {' '.join(command)}", file=sys.stderr, flush=True)
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    except subprocess.CalledProcessError as error:
        lines = f"{error.stdout}\n{error.stderr}".strip().splitlines()
        telling = next((line for line in lines if "ERR" in line.upper()), lines[-1])
        raise MissingError(f"{command[0]} can not install it: …{telling[-160:]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingError(f"{command[0]} can not install it: {error}") from error


@contextmanager
def prism(folder: Path, emulator: str) -> Iterator[Running]:
    """Run Prism with AutoSend's OpenAPI document for the block."""
    command = _npm("prism")
    with urlopen(f"{emulator}/openapi/autosend.json") as response:
        document = json.loads(response.read())
    document.pop("security")
    (folder / "autosend.json").write_text(json.dumps(document))
    port = free_port()
    options = ["mock", "--port", str(port), "--host", "127.0.0.1", str(folder / "autosend.json")]
    ready = f"/v1/campaigns/{CAMPAIGNS[0]}?__example=documented"
    with started([*command, *options], port, ready) as running:
        yield running


@contextmanager
def wiremock(folder: Path, emulator: str) -> Iterator[Running]:
    """Run WireMock for the block: stubs, the same in a scenario below STATEFUL, and a bounded journal."""
    command, port = _npm("wiremock"), free_port()
    mappings = folder / "wiremock" / "mappings"
    mappings.mkdir(parents=True)
    for number, stub in enumerate(_mappings(stubs(emulator))):
        (mappings / f"{number}.json").write_text(json.dumps(stub))
    options = [
        "--port",
        str(port),
        "--root-dir",
        str(mappings.parent),
        "--max-request-journal-entries",
        JOURNAL,
    ]
    with started([*command, *options], port, "/__admin/mappings") as running:
        yield running


def _mappings(known: Sequence[Stub]) -> Iterator[dict[str, object]]:
    for stub in known:
        yield _mapping(stub)
    read, pause, resume, _ = known
    for stub, state in ((pause, "paused"), (resume, "Started")):
        scenario = {"scenarioName": "campaign", "newScenarioState": state}
        yield _mapping(Stub(stub.method, STATEFUL + stub.path, stub.body)) | scenario
        shown = read.body.replace('"sending"', '"paused"') if state == "paused" else read.body
        is_read = {"scenarioName": "campaign", "requiredScenarioState": state}
        yield _mapping(Stub(read.method, STATEFUL + read.path, shown)) | is_read


def _mapping(stub: Stub) -> dict[str, object]:
    pattern = stub.path.replace("*", "[0-9a-f]+")
    headers = {"Content-Type": "application/json"}
    return {
        "request": {"method": stub.method, "urlPathPattern": pattern},
        "response": {"status": 200, "body": stub.body, "headers": headers},
    }


@contextmanager
def mockoon(folder: Path, emulator: str) -> Iterator[Running]:
    """Run Mockoon for the block."""
    command, port = _npm("mockoon-cli"), free_port()
    routes = [_route(number, stub) for number, stub in enumerate(stubs(emulator))]
    (folder / "mockoon.json").write_text(json.dumps({"name": "mock", "port": port, "routes": routes}))
    data = ["--data", str(folder / "mockoon.json"), "--port", str(port)]
    options = ["start", *data, "--hostname", "127.0.0.1", "--repair", "--disable-log-to-file"]
    with started([*command, *options], port, f"/v1/campaigns/{CAMPAIGNS[0]}") as running:
        yield running


def _route(number: int, stub: Stub) -> dict[str, object]:
    headers = [{"key": "Content-Type", "value": "application/json"}]
    # Its templates have the braces of AutoSend's.
    answered = {
        "body": stub.body,
        "statusCode": 200,
        "headers": headers,
        "disableTemplating": True,
        "default": True,
    }
    path = stub.path.lstrip("/").replace("*", ":id")
    return {
        "uuid": f"route-{number}",
        "method": stub.method.lower(),
        "endpoint": path,
        "responses": [answered],
    }


@contextmanager
def mockserver(folder: Path, emulator: str) -> Iterator[Running]:
    """Run MockServer for the block."""
    if not MOCKSERVER.exists():
        copy = "org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy"
        where = f"-DoutputDirectory={MOCKSERVER.parent}"
        _install("mvn", "-B", copy, f"-Dartifact={MOCKSERVER_ARTIFACT}", where)
        next(MOCKSERVER.parent.glob("mockserver-netty*.jar")).rename(MOCKSERVER)
    expectations = [
        {
            "httpRequest": {"method": stub.method, "path": stub.path.replace("*", "[0-9a-f]+")},
            "httpResponse": {"body": stub.body, "headers": {"Content-Type": ["application/json"]}},
        }
        for stub in stubs(emulator)
    ]
    (folder / "mockserver.json").write_text(json.dumps(expectations))
    port = free_port()
    settings = [
        f"-Dmockserver.initializationJsonPath={folder / 'mockserver.json'}",
        f"-Dmockserver.maxLogEntries={JOURNAL}",
        "-Dmockserver.logLevel=WARN",
    ]
    command = ["java", *settings, "-jar", str(MOCKSERVER), "-serverPort", str(port)]
    with started(command, port, f"/v1/campaigns/{CAMPAIGNS[0]}") as running:
        yield running


@contextmanager
def moto(folder: Path, emulator: str) -> Iterator[Running]:
    """Run moto's server for the block: SES, with a verified sender."""
    if not (MOTO / "bin" / "moto_server").exists():
        _install(sys.executable, "-m", "venv", str(MOTO))
        _install(str(MOTO / "bin" / "pip"), "install", "-q", "moto[server,ses]==5.2.5")
    port = free_port()
    command = [str(MOTO / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with started(command, port, "/moto-api/") as running:
        answer(running.url, _ses({"Action": "VerifyEmailIdentity", "EmailAddress": "hello@example.com"}))
        yield running


def _ses(form: Mapping[str, str]) -> Sent:
    headers = {"Authorization": SIGNED, "Content-Type": "application/x-www-form-urlencoded"}
    return Sent("POST", "/", urlencode(form), headers)


def _ses_mail(number: int) -> Sent:
    return _ses(
        {
            "Action": "SendEmail",
            "Source": "hello@example.com",
            "Destination.ToAddresses.member.1": f"reader{number}@example.com",
            "Message.Subject.Data": f"Order A-{number}",
            "Message.Body.Html.Data": "<p>Hello Reader</p>",
        }
    )


MOTO_LOADS = {MAIL: [_ses_mail(number) for number in range(256)]}
