"""The command line, as people, shell scripts and containers use it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulator.cli import main
from emulator.client import Control, SandboxClient
from emulator.settings import shipped_fixtures
from tests.server import Server, run
from tests.stub import Stub, stub_server

pytestmark = pytest.mark.slow


@dataclass
class Said:
    """The output and the exit code of a command."""

    code: object
    out: str
    err: str


Command = Callable[..., Said]
Ask = Callable[..., Any]


@pytest.fixture
def box(server: Server) -> Iterator[SandboxClient]:
    made = Control(server.url).create("box", clock="frozen")
    yield made
    made.delete()


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stub_server() as running:
        yield running


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs `emulator …` in this process, because starting another takes long."""

    def run_here(*arguments: str, **environment: str) -> Said:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("EMULATOR_")}
        with monkeypatch.context() as patched:
            patched.setattr(sys, "argv", ["emulator", *arguments])
            patched.setattr(os, "environ", clean | environment)
            with pytest.raises(SystemExit) as ended:
                main()
        return Said(ended.value.code or 0, *capsys.readouterr())

    return run_here


@pytest.fixture
def ask(command: Command, server: Server) -> Ask:
    """Return a function that runs a command on the server with `--json`, and returns the decoded JSON."""

    def answer(*arguments: str) -> Any:
        said = command(*arguments, "--json", EMULATOR_URL=server.url)
        assert said.code == 0, said.out + said.err
        return json.loads(said.out)

    return answer


def test_a_sandbox_is_made_listed_shown_and_deleted(ask: Ask, command: Command, server: Server) -> None:
    wishes = ("--seed", "7", "--clock", "frozen", "--expires-after", "1h")
    made = ask("sandbox", "create", "shop", *wishes)
    assert (made["seed"], made["clock"], made["expires_after"]) == (7, "frozen", "1h")
    assert [one["name"] for one in ask("sandbox", "list")["sandboxes"]] == ["default", "shop"]
    assert ask("sandbox", "show", "--sandbox", "shop") == made
    assert ask("sandbox", "delete", "shop") == {"deleted": "shop"}
    assert command("sandbox", "show", "shop", "--url", server.url).code == 3


def test_for_people_there_is_a_table(command: Command, server: Server, box: SandboxClient) -> None:
    said = command("sandbox", "list", "--url", server.url)
    lines = [line.split() for line in said.out.splitlines()]
    assert lines[0] == ["NAME", "NOW", "CLOCK", "REQUESTS", "SEED"]
    assert lines[-1] == ["box", "2026-03-15T14:30:00.000Z", "frozen", "0", str(box.detail["seed"])]


def test_the_clock_is_moved_on_by_a_time_or_to_the_next_event(ask: Ask, box: SandboxClient) -> None:
    assert ask("advance", "2m", "--sandbox", "box")["now"] == "2026-03-15T14:32:00.000Z"
    due = box.clock.state["next_event"]
    state = ask("advance", "--next-event", "--sandbox", "box")
    assert state["now"] == due
    assert state["fired"] >= 1


def test_the_environment_says_which_sandbox_is_meant(
    command: Command, server: Server, box: SandboxClient
) -> None:
    box.clock.advance("2m")
    said = command("reset", EMULATOR_URL=server.url, EMULATOR_SANDBOX="box")
    assert said.out == "box is as it was when it was new\n"
    assert box.clock.state["now"] == "2026-03-15T14:30:00.000Z"


def test_a_snapshot_goes_to_a_file_and_comes_back(ask: Ask, box: SandboxClient, tmp_path: Path) -> None:
    file = tmp_path / "bug.sqlite"
    assert ask("snapshot", "save", "bug", "--sandbox", "box")["sandbox"] == "box"
    assert ask("snapshot", "download", "bug", str(file))["size"] == file.stat().st_size
    ask("snapshot", "delete", "bug")
    ask("snapshot", "upload", "again", str(file))
    assert [one["name"] for one in ask("snapshot", "list")["snapshots"]] == ["again"]
    box.clock.advance("1h")
    state = ask("snapshot", "restore", "again", "--sandbox", "box")
    assert state["now"] == "2026-03-15T14:30:00.000Z"
    ask("snapshot", "delete", "again")


def test_a_sandbox_is_filled_from_a_folder(ask: Ask, box: SandboxClient, tmp_path: Path) -> None:
    shutil.copytree(shipped_fixtures() / "demo" / "rcs", tmp_path / "rcs")
    file = tmp_path / "rcs" / "account.yaml"
    file.write_text(file.read_text().replace("keys: [live_emulator", "keys: [live_mine, live_emulator"))
    detail = ask("seed", str(tmp_path), "--seed", "5", "--sandbox", "box")
    assert detail["seed"] == 5
    before = box.detail["access"]["rcs"]["credentials"]
    assert len(detail["access"]["rcs"]["credentials"]) == len(before) + 1


def test_the_environment_can_be_pasted_into_a_shell(
    command: Command, ask: Ask, server: Server, box: SandboxClient
) -> None:
    said = command("env", "autosend", "--sandbox", "box", "--url", server.url)
    assert said.out.splitlines() == [
        f"export AUTOSEND_BASE_URL={server.url}/v1",
        f"export AUTOSEND_API_KEY={box.credentials['autosend']}",
        "export AUTOSEND_SENDGRID_KEY=SG.emulator000000000000",
        "export AUTOSEND_RESEND_KEY=re_emulator000000000000",
        f"export AUTOSEND_SMTP_KEY={box.environment['AUTOSEND_SMTP_KEY']}",
    ]
    assert ask("env", "--sandbox", "box") == box.environment
    assert ask("env", "--sandbox", "box", "--token", "sesame")["EMULATOR_CONTROL_TOKEN"] == "sesame"


def test_requests_are_listed_with_the_fields_that_nobody_read(
    command: Command, ask: Ask, server: Server, box: SandboxClient
) -> None:
    with server.client(headers={"Authorization": f"Bearer {box.credentials['autosend']}"}) as client:
        assert client.get("/v1/campaigns", params={"colour": "red"}).status_code == 200
    (entry,) = ask("requests", "--sandbox", "box")["requests"]
    assert entry["path"] == "/v1/campaigns"
    said = command("requests", "--sandbox", "box", "--url", server.url)
    assert "GET     /v1/campaigns?colour=red  200     query.colour" in said.out


def test_messages_are_listed_by_what_is_wanted(command: Command, stub: Stub) -> None:
    message = {
        "id": 7,
        "created_at": "2026-03-15T14:30:00.000Z",
        "provider": "rcs",
        "channel": "sms",
        "recipient": "79001112233",
        "status": "read",
        "job": "rcs/campaign/1",
        "subject": "Hello",
    }
    stub.answer = {"total": 1, "messages": [message]}
    said = command("messages", "--recipient", "7900", "--status", "read", "--limit", "5", "--url", stub.url)
    query = "sandbox=default&recipient=7900&status=read&limit=5&order=newest"
    assert stub.last[0] == f"GET /_emulator/messages?{query}"
    assert said.out.splitlines()[1].split() == [str(value) for value in message.values()]


def test_a_balance_is_shown_topped_up_and_set(ask: Ask, command: Command, server: Server) -> None:
    ask("reset")
    assert ask("balance", "rcs")["balance"] == 1000
    assert ask("balance", "rcs", "--add", "12.5")["balance"] == 1012.5
    said = command("balance", "--set", "0.0175696", "--url", server.url)
    assert said.out.splitlines()[1].split()[:2] == ["rcs", "0.0175696"]


def test_the_token_is_shown(command: Command, stub: Stub) -> None:
    stub.answer = {"sandboxes": []}
    command("sandbox", "list", "--url", stub.url, EMULATOR_CONTROL_TOKEN="sesame")
    assert stub.headers[-1]["Authorization"] == "Bearer sesame"


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("advance", "soon"), 3, "must be text of numbers and units"),
        (("sandbox", "create", "Not A Name"), 3, "name"),
        (("reset", "--sandbox", "nowhere"), 3, "no sandbox 'nowhere'"),
        (("advance",), 2, "say how far"),
        (("balance", "--add", "1", "--set", "1"), 2, "--add or --set, not both"),
        (("pace", "1", "--job", "rcs/campaign/1", "--provider", "rcs"), 2, "--provider or --job, not both"),
        (("sandbox", "create", "--sandbox", "one"), 2, "No such option: --sandbox"),
        (("snapshot", "list", "--sandbox", "one"), 2, "No such option: --sandbox"),
        (("balance", "autosend"), 3, "has no balance"),
        (("advance", "2m", "--next-event"), 2, "say how far, or --next-event, not both"),
        (("env", "telegram"), 2, "altcraft, rcs, autosend"),
        (("seed", "/nowhere"), 2, "/nowhere: is no folder"),
        (("snapshot", "upload", "x", "/nowhere"), 2, "/nowhere: No such file or directory"),
        (("fixtures", "schema", "telegram"), 2, "altcraft, rcs, autosend"),
        (("reset", "--colour"), 2, "--colour"),
        (("messages", "--after", "x"), 2, "--after: must be a whole number"),
        (("pace", "fast"), 2, "pace: must be a number"),
        (("reset", "--url", "nowhere"), 2, "'nowhere' is not an address"),
        (("reset", "--url", "http://127.0.0.1:9"), 1, "(Connection refused). Start one: emulator serve"),
        (("readyz", "--url", "http://127.0.0.1:9"), 1, "not ready at http://127.0.0.1:9"),
        (("readyz", "--url", "http://127.0.0.1:9"), 1, "(Connection refused). Start one: emulator serve"),
    ],
)
def test_a_failure_has_an_exit_code_and_is_json_where_json_is_wanted(
    command: Command, server: Server, arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    said = command(*arguments, "--json", EMULATOR_URL=server.url)
    assert said.code == code
    assert complaint in json.loads(said.out)["error"]
    assert said.err == ""


def test_for_people_a_failure_is_a_line_of_stderr(command: Command) -> None:
    said = command("reset", "--url", "http://127.0.0.1:9")
    assert said.out == ""
    assert said.err.startswith("emulator: No emulator answers at http://127.0.0.1:9")


def test_wrong_usage_is_told_from_a_refusal(command: Command, server: Server) -> None:
    assert command("reset", "--colour").code == 2
    assert command("reset", "--sandbox", "nowhere", "--url", server.url).code == 3


def test_help_names_the_exit_codes(command: Command) -> None:
    said = command("--help").out
    assert "Exit codes: 0 done; 1 not ready" in said


def test_a_server_says_in_json_where_it_is() -> None:
    command = [sys.executable, "-m", "emulator", "serve", "--port", "0", "--json", "--with-input"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert said.keys() == {"url", "documentation", "control_token", "environment"}
        assert Control(said["url"]).health() == "ok"
        rest, _ = process.communicate(timeout=30)  # it closes the server's input, which ends the server
    assert rest == ""
    assert process.returncode == 0


def test_a_server_that_does_not_start_says_so_in_json() -> None:
    said = run("serve", "--clock", "never", "--json")
    assert said.returncode == 2
    assert "clock" in json.loads(said.stdout)["error"]


def test_fixtures_are_checked_without_a_server(command: Command, tmp_path: Path) -> None:
    assert command("fixtures", "check").code == 0
    shutil.copytree(shipped_fixtures() / "demo", tmp_path, dirs_exist_ok=True)
    slips = [("autosend", "organization:", "organisation:"), ("rcs", "money:", "cash:")]
    for provider, right, wrong in slips:
        file = tmp_path / provider / "account.yaml"
        file.write_text(file.read_text().replace(right, wrong, 1))
    said = command("fixtures", "check", str(tmp_path), "--json")
    assert said.code == 2
    problems = json.loads(said.out)["problems"]
    lines = (tmp_path / "autosend" / "account.yaml").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text.startswith("organisation:"))
    place = f"{tmp_path}/autosend/account.yaml:{line}"
    misspelt = f"{place}: organisation: is not a field here; did you mean organization or "
    assert any(problem.startswith(misspelt) for problem in problems)
    assert f"{tmp_path}/rcs/account.yaml:13: money: Field required" in problems


def test_checking_fixtures_leaves_the_data_folder_alone(command: Command, tmp_path: Path) -> None:
    assert command("fixtures", "check", EMULATOR_DATA=str(tmp_path)).code == 0
    assert list(tmp_path.iterdir()) == []


def test_what_names_another_emulator_is_no_wrong_setting(command: Command) -> None:
    named = {"EMULATOR_URL": "http://127.0.0.1:9", "EMULATOR_SANDBOX": "mine"}
    assert command("fixtures", "check", **named).code == 0


LENGTH = "^([0-9]{1,5}[smh]|[0-9]{1,4}d)$"


@pytest.mark.parametrize(
    ("provider", "definition", "field", "kind"),
    [
        (
            "altcraft",
            "MailingFixture",
            "launched",
            {"type": "string", "pattern": "^([0-9]{1,5}[smh]|[0-9]{1,4}d)$"},
        ),
        ("rcs", "AccountFixture", "money", {"type": "number"}),
        ("autosend", "CampaignFixture", "created", {"type": "string", "format": "date-time"}),
    ],
)
def test_the_schema_describes_what_a_file_holds(
    command: Command, provider: str, definition: str, field: str, kind: dict[str, str]
) -> None:
    schema = json.loads(command("fixtures", "schema", provider).out)
    found = schema["$defs"].get(definition, schema)["properties"][field]
    assert any(kind.items() <= one.items() for one in found.get("anyOf", [found]))


@pytest.mark.parametrize("provider", ["altcraft", "rcs", "autosend"])
def test_the_shipped_files_name_their_schema(command: Command, provider: str) -> None:
    schema = command("fixtures", "schema", provider).out
    rewrite = f"run: emulator fixtures schema {provider} > fixtures/schemas/{provider}.schema.json"
    for file in shipped_fixtures().glob(f"*/{provider}/account.yaml"):
        place = file.read_text().partition("\n")[0].removeprefix("# yaml-language-server: $schema=")
        assert (file.parent / place).read_text() == schema, rewrite


def test_coverage_is_also_data(command: Command) -> None:
    coverage = json.loads(command("coverage", "--json").out)
    assert coverage.keys() == {"altcraft", "rcs", "autosend"}
    built = {row["operation"] for row in coverage["autosend"] if row["state"] == "built"}
    assert "POST /v1/campaigns" in built


Diagnose = Callable[..., tuple[object, dict[str, Any]]]


@pytest.fixture
def diagnose(command: Command) -> Diagnose:
    """Return a function that runs `emulator doctor`, and returns the exit code and the findings by check."""

    def ask_the_doctor(*arguments: str, **environment: str) -> tuple[object, dict[str, Any]]:
        said = command("doctor", "--json", *arguments, **environment)
        return said.code, {one["check"]: one for one in json.loads(said.out)["checks"]}

    return ask_the_doctor


def test_the_doctor_finds_nothing_wrong_with_what_works(
    diagnose: Diagnose, server: Server, tmp_path: Path
) -> None:
    code, checks = diagnose("--port", "0", "--url", server.url, "--data", str(tmp_path / "new"))
    assert code == 0
    assert {one["state"] for one in checks.values()} <= {"ok", "warn"}
    assert checks["address"]["text"] == f"an emulator answers at {server.url}: ok, 1 sandbox"


def test_the_doctor_names_what_is_wrong(diagnose: Diagnose, stub: Stub, tmp_path: Path) -> None:
    (tmp_path / "default.sqlite").write_bytes(b"Dear Sir or Madam" * 100)
    port = stub.url.rpartition(":")[2]
    code, checks = diagnose("--port", port, "--data", str(tmp_path), "--fixtures", "/nowhere")
    assert code == 1
    failed = {name: one["text"] for name, one in checks.items() if one["state"] == "fail"}
    assert failed.keys() == {"fixtures", "data", "port"}
    assert "/nowhere" in failed["fixtures"]
    assert "not a database" in failed["data"]
    assert "choose another with --port" in failed["port"]


def test_the_doctor_knows_a_folder_and_a_port_that_an_emulator_uses(
    diagnose: Diagnose, tmp_path: Path
) -> None:
    with Server("--data", str(tmp_path)) as running:
        port = running.url.rpartition(":")[2]
        code, checks = diagnose("--port", port, "--data", str(tmp_path))
    assert code == 0
    assert "in use by an emulator" in checks["data"]["text"]
    assert "an emulator answers" in checks["port"]["text"]


@pytest.mark.parametrize(
    ("environment", "state"),
    [
        ({"HTTP_PROXY": "", "NO_PROXY": ""}, "ok"),
        ({"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "localhost"}, "warn"),
        ({"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "localhost,127.0.0.1"}, "ok"),
        ({"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "*"}, "ok"),
    ],
)
def test_the_doctor_warns_of_a_proxy_that_would_take_the_requests(
    diagnose: Diagnose, environment: dict[str, str], state: str
) -> None:
    lower = {name.lower(): value for name, value in environment.items()}
    _, checks = diagnose("--port", "0", **environment, **lower)
    assert checks["proxy"]["state"] == state
    assert state == "ok" or "NO_PROXY=localhost,127.0.0.1" in checks["proxy"]["text"]


def test_the_doctor_names_a_setting_that_does_not_exist(diagnose: Diagnose) -> None:
    code, checks = diagnose(EMULATOR_COLOUR="red")
    assert code == 1
    assert "EMULATOR_COLOUR" in checks["settings"]["text"]
