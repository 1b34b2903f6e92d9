"""docs/other-languages.md: its files and commands, run as they stand."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tree_sitter import Language, Parser
from tree_sitter_go import language as go

from tests.docker_api import Engine, engine
from tests.node import PACKAGE, tools
from tests.server import Server
from tests.snippets import DOCS, commands, files, write

pytestmark = pytest.mark.slow

PAGE = "other-languages.md"
FILES = files(PAGE)
COMMANDS = commands(PAGE)
NODE = ("emulator.js", "fixture.js", "orders.test.js")
OWN_RUNNER = ("emulator.js", "parcels.test.js")
ADDRESS = "http://127.0.0.1:4610"
JARS = Path("/usr/share/java")
JUNIT = JARS / "junit-platform-console-standalone.jar"
API = (JARS / "junit-jupiter-api.jar", JARS / "apiguardian-api.jar", JUNIT)
NOTHING: Mapping[str, str] = {}
ROOT = Path(__file__).parent.parent
STUBS = ROOT / "tests" / "java"
SMALL_JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""The options with which a JVM of two seconds takes less time."""
NEEDS_JAVA = pytest.mark.skipif(
    shutil.which("javac") is None or not JUNIT.exists(), reason="needs a JDK and Debian's package junit5"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that requires a token, as one in a container does."""
    with Server("--host", "0.0.0.0", EMULATOR_CONTROL_TOKEN="local") as running:  # noqa: S104 -- as in the image
        yield running


@pytest.fixture(scope="module")
def stand_in() -> Iterator[Engine]:
    with engine() as running:
        yield running


def run(
    command: str, folder: Path, server: Server | None = None, environment: Mapping[str, str] = NOTHING
) -> tuple[int, str]:
    """Run a command of the page, and return its exit code and what it printed."""
    there = {}
    if server is not None:
        there = {"EMULATOR_URL": server.url, "EMULATOR_CONTROL_TOKEN": "local"}
        command = command.replace(ADDRESS, server.url)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("EMULATOR_")}
    done = subprocess.run(
        ["bash", "-c", command],  # noqa: S607 -- the reader's shell
        cwd=folder,
        env={**clean, "NO_COLOR": "1", "JAVA_TOOL_OPTIONS": SMALL_JVM, **there, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


def command(beginning: str) -> str:
    (found,) = (line for line in COMMANDS if line.startswith(beginning))
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with the packages of Node.js that the page installs."""
    (tmp_path / "node_modules").symlink_to(tools() / "node_modules")
    return tmp_path


def changed(name: str, old: str, new: str) -> dict[str, str]:
    """Return the files, one of them edited."""
    assert old in FILES[name]
    return FILES | {name: FILES[name].replace(old, new)}


def test_what_the_page_installs_is_what_is_tried() -> None:
    lock = (PACKAGE / "package.json").read_text()
    named = [word for line in COMMANDS if line.startswith("npm install") for word in line.split()[3:]]
    assert named
    for package in named:
        name, _, major = package[1:].partition("@")
        assert f'"{package[0]}{name}": "{major}' in lock


def test_a_suite_of_vitest_passes(server: Server, project: Path) -> None:
    code, output = run(command("npx vitest"), write(project, FILES, NODE), server)
    assert code == 0, output
    assert re.search("Tests +1 passed", output)
    with server.client(headers={"Authorization": "Bearer local"}) as http:
        assert http.get("/_emulator/sandboxes").json()["total"] == 1


def test_exec_starts_an_emulator_for_a_suite(project: Path) -> None:
    line = f"{sys.executable} -m emulator exec -- {command('npx vitest')}"
    code, output = run(line, write(project, FILES, NODE), environment={"PYTHONPATH": str(ROOT)})
    assert code == 0, output


def test_a_failing_test_of_vitest_shows_the_message_that_comes_closest(server: Server, project: Path) -> None:
    given = changed("orders.test.js", 'status: "bounced"', 'status: "opened"')
    code, output = run(command("npx vitest"), write(project, given, NODE), server)
    assert code == 1
    assert re.search(r"misses status: .*bounced@example.com.*Order 77", output)


def test_a_failing_test_of_vitest_shows_the_requests_that_come_closest(server: Server, project: Path) -> None:
    given = changed("orders.test.js", "POST /v1/mails/send", "POST /v1/mails/bulk")
    code, output = run(command("npx vitest"), write(project, given, NODE), server)
    assert code == 1
    assert re.search(r'0 requests .*\n *misses operation: .*"path":"/v1/mails/send"', output)


def test_a_failing_test_of_vitest_shows_why_the_provider_refused(server: Server, project: Path) -> None:
    given = changed("orders.test.js", ' subject: "Order 77",', "")
    code, output = run(command("npx vitest"), write(project, given, NODE), server)
    assert code == 1
    assert re.search("POST /v1/mails/send -> 400 .*Subject is required", output)


def test_a_test_of_vitest_reads_the_code_in_a_message(server: Server, project: Path) -> None:
    test = changed("orders.test.js", '"Shipped."', '"Your code: 482915."')["orders.test.js"]
    given = FILES | {"orders.test.js": test.replace("message.text).toBe", "message.codes[0]).toBe")}
    given["orders.test.js"] = given["orders.test.js"].replace('toBe("Your code: 482915.")', 'toBe("482915")')
    code, output = run(command("npx vitest"), write(project, given, NODE), server)
    assert code == 0, output


def wishes() -> list[tuple[str, str]]:
    """Return what the page shows to be asked of the control plane: paths and bodies."""
    found = re.findall(r"\| `(/[\w/]+)` \| `(\{.*\})` \|", (DOCS / PAGE).read_text())
    assert [path for path, _ in found] == ["/faults", "/outcomes", "/webhooks/targets"]
    return found


def test_a_test_of_vitest_asks_for_what_the_page_shows(server: Server, project: Path) -> None:
    asked = "".join(f'  await emulator.ask("POST", "{path}", {body});\n' for path, body in wishes())
    asked += '  await emulator.ask("GET", "/messages?status=bounced");\n'
    refused = "  expect((await send(mail, emulator.environment)).success).toBe(false);\n"
    given = changed("orders.test.js", "  const answer", f"{asked}{refused}  const answer")
    given["orders.test.js"] = given["orders.test.js"].replace('send" }, 1)', 'send" }, 2)')
    code, output = run(command("npx vitest"), write(project, given, NODE), server)
    assert code == 0, output


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("AS_wrong", "of no sandbox: POST /v1/mails/send -> 401"),
        ("AS_emulator000000000000", "of the default sandbox: POST /v1/mails/send -> 200"),
    ],
)
def test_a_failing_test_of_vitest_shows_what_went_elsewhere(
    server: Server, project: Path, key: str, said: str
) -> None:
    given = changed("orders.test.js", "${environment.AUTOSEND_API_KEY}", key)
    code, output = run(command("npx vitest"), write(project, given, NODE), server)
    assert code == 1
    assert said in output


def java(server: Server, folder: Path, given: dict[str, str], *extra: Path) -> tuple[int, str]:
    """Compile and run the suite of JUnit."""
    write(folder, given, [name for name in given if name.endswith(".java")])
    sources = " ".join(map(str, [*folder.glob("*.java"), *extra]))
    code, output = run(f"javac -Werror -cp {':'.join(map(str, API))} -d out {sources}", folder)
    assert code == 0, output
    line = f"java -jar {JUNIT} -cp out --scan-classpath --disable-banner --disable-ansi-colors"
    return run(line, folder, server)


SUITE = {name: FILES[name] for name in ("Emulator.java", "OrdersTest.java")}


def test_a_suite_of_nodes_own_runner_passes(server: Server, tmp_path: Path) -> None:
    given = FILES | {"package.json": '{"type": "module"}'}
    code, output = run(command("node --test"), write(tmp_path, given, (*OWN_RUNNER, "package.json")), server)
    assert code == 0, output


def test_a_failing_test_of_nodes_own_runner_shows_what_came(server: Server, tmp_path: Path) -> None:
    given = changed("parcels.test.js", '"MyShop"', '"Nobody"') | {"package.json": '{"type": "module"}'}
    code, output = run(command("node --test"), write(tmp_path, given, (*OWN_RUNNER, "package.json")), server)
    assert code == 1
    assert re.search("POST /api/messages/send -> 422 .*Sender not found", output)


@NEEDS_JAVA
def test_a_suite_of_junit_passes(server: Server, tmp_path: Path) -> None:
    code, output = java(server, tmp_path, SUITE)
    assert code == 0, output
    assert "1 tests successful" in output
    with server.client(headers={"Authorization": "Bearer local"}) as http:
        assert http.get("/_emulator/sandboxes").json()["total"] == 1


@NEEDS_JAVA
def test_a_failing_test_of_junit_shows_the_message_that_comes_closest(server: Server, tmp_path: Path) -> None:
    test = changed("OrdersTest.java", '"status": "undelivered"', '"status": "read"')["OrdersTest.java"]
    code, output = java(server, tmp_path, SUITE | {"OrdersTest.java": test})
    assert code == 1
    assert re.search(r'"status":"undelivered".*"misses":\["status"\]', output)


@NEEDS_JAVA
def test_a_failing_test_of_junit_shows_why_the_provider_refused(server: Server, tmp_path: Path) -> None:
    test = changed("OrdersTest.java", '"my_agent"', '"nobody"')["OrdersTest.java"]
    code, output = java(server, tmp_path, SUITE | {"OrdersTest.java": test})
    assert code == 1
    assert re.search("AssertionError: POST http.*/rcs/send: .*sender", output)


@NEEDS_JAVA
def test_a_test_of_junit_reads_the_code_in_a_message(server: Server, tmp_path: Path) -> None:
    test = FILES["OrdersTest.java"].replace('"text": "Order 77"', '"text": "Ann, your code: 482915"')
    test = test.replace(
        '("Order 77", Emulator.field(message, "text"))', '("482915", field(message, "codes"))'
    )
    test = test.replace("field(message", "Emulator.field(message")
    code, output = java(server, tmp_path, SUITE | {"OrdersTest.java": test})
    assert code == 0, output


@NEEDS_JAVA
def test_a_test_of_junit_asks_for_what_the_page_shows(server: Server, tmp_path: Path) -> None:
    asked = "".join(f'emulator.control("POST", "{path}", """\n{body}""");\n' for path, body in wishes())
    asked += 'emulator.control("GET", "/messages?status=bounced", "");\n'
    test = changed("OrdersTest.java", "        emulator.advance", f"        {asked}emulator.advance")
    code, output = java(server, tmp_path, SUITE | {"OrdersTest.java": test["OrdersTest.java"]})
    assert code == 0, output


@NEEDS_JAVA
@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("wrong", "of no sandbox: .*/api/messages/rcs/send.*unknown credential"),
        ("live_emulator000000000000", "of the default sandbox: .*/api/messages/rcs/send.*"),
    ],
)
def test_a_failing_test_of_junit_shows_what_went_elsewhere(
    server: Server, tmp_path: Path, key: str, said: str
) -> None:
    test = changed("OrdersTest.java", 'emulator.get("RCS_API_KEY")', f'"{key}"')["OrdersTest.java"]
    code, output = java(server, tmp_path, SUITE | {"OrdersTest.java": test})
    assert code == 1
    assert re.search(said, output)


def test_a_typed_client_compiles_and_works(server: Server, project: Path) -> None:
    given = changed("typed.test.ts", "fixtures:", "fixturs:")
    write(project, FILES | {"wrong.test.ts": given["typed.test.ts"]}, ["typed.test.ts", "wrong.test.ts"])
    code, output = run(command("npx openapi-typescript"), project, server)
    assert code == 0, output
    code, output = run(f"{command('npx tsc')} wrong.test.ts", project)  # both in one go, as it takes long
    complaints = [line for line in output.splitlines() if "error TS" in line]
    assert complaints, output
    assert all(line.startswith("wrong.test.ts") and "fixturs" in line for line in complaints), output
    code, output = run(f"{command('npx vitest')} typed", project, server)
    assert code == 0, output


def asked(stand_in: Engine) -> tuple[str, list[str], list[str]]:
    """Return the request for the latest container: image, environment and ports."""
    wanted = stand_in.made[-1]
    return wanted["Image"].removesuffix(":latest"), wanted["Env"], list(wanted["ExposedPorts"])


CONTAINER = ("registry.example.com/messaging-emulator", ["EMULATOR_CONTROL_TOKEN=local"], ["4610/tcp"])


def test_testcontainers_of_python_start_the_image(stand_in: Engine, tmp_path: Path) -> None:
    write(tmp_path, FILES, ["conftest.py"])
    (tmp_path / "test_orders.py").write_text(
        "def test_it(emulator):\n    assert not emulator.requests.list()\n"
    )
    environment = stand_in.environment | {"PYTHONPATH": str(ROOT)}
    code, output = run(
        f"{sys.executable} -m pytest -q -p no:cacheprovider", tmp_path, environment=environment
    )
    assert code == 0, output
    assert "1 passed" in output
    assert asked(stand_in) == CONTAINER
    assert stand_in.containers == {}


def test_testcontainers_of_node_start_the_image(stand_in: Engine, project: Path) -> None:
    write(project, FILES, [*NODE, "container.js", "vitest.config.js"])
    code, output = run(command("npx vitest"), project, environment=stand_in.environment)
    assert code == 0, output
    assert asked(stand_in) == CONTAINER
    assert stand_in.containers == {}


@NEEDS_JAVA
def test_testcontainers_of_java_start_the_image(server: Server, tmp_path: Path) -> None:
    """The code is compiled and run with stubs of the library, for which a server already runs."""
    helper = re.sub(r"(String (URL|TOKEN) =) .*;", r"\1 EmulatorContainer.\2;", FILES["Emulator.java"])
    given = {"EmulatorContainer.java": FILES["EmulatorContainer.java"], **SUITE, "Emulator.java": helper}
    code, output = java(server, tmp_path, given, *STUBS.rglob("*.java"))
    assert code == 0, output
    image, environment, ports = CONTAINER
    assert f"started {image} {environment} {ports[0].removesuffix('/tcp')} /readyz 4610" in output


def test_testcontainers_of_go_are_go() -> None:
    tree = Parser(Language(go())).parse(FILES["emulator_test.go"].encode())
    assert not tree.root_node.has_error


def test_every_file_of_the_page_is_tried() -> None:
    assert set(FILES) == {
        *NODE,
        *OWN_RUNNER,
        *SUITE,
        "typed.test.ts",
        "conftest.py",
        "container.js",
        "vitest.config.js",
        "EmulatorContainer.java",
        "emulator_test.go",
    }
