"""The client of the control plane: where it looks for the emulator, and which modules it needs."""

import subprocess
import sys
from typing import get_type_hints

import pytest

from emulator.client import Control, UnreachableError, shapes
from tests.conftest import Emulator
from tests.server import Server


def test_where_nothing_answers_it_says_how_to_start_one() -> None:
    with pytest.raises(UnreachableError, match="emulator serve"):
        Control("http://127.0.0.1:9").sandboxes()


@pytest.mark.parametrize(
    "url",
    [
        "", "127.0.0.1:4610", "ftp://127.0.0.1", "http://", "http://h:port", "http://a..b", "http://h/\u044f",
        "http://h\r", f"http://{'h' * 64}", "http://\udcff",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|[Pp]ort"):
        Control(url)


@pytest.mark.parametrize("token", ["sesame\r", "sesame\n", "sesame\0", "sesame\u043a\u043b", "sesame\udcff"])
def test_a_token_that_can_not_be_sent_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(ValueError, match="EMULATOR_CONTROL_TOKEN") as refused:
        Control.of_environment({"EMULATOR_CONTROL_TOKEN": token})
    assert "sesame" not in str(refused.value)


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, "http://127.0.0.1:4610"),
        ({"EMULATOR_PORT": "4700"}, "http://127.0.0.1:4700"),
        ({"EMULATOR_URL": "http://emulator:4610/", "EMULATOR_PORT": "1"}, "http://emulator:4610"),
        ({"EMULATOR_URL": "", "EMULATOR_PORT": ""}, "http://127.0.0.1:4610"),
    ],
)
def test_the_environment_says_where_the_emulator_is(environment: dict[str, str], url: str) -> None:
    assert Control.of_environment(environment).url == url


@pytest.mark.parametrize(
    "shape",
    [
        shapes.FiredEvent,
        shapes.ClockState,
        shapes.AccountAccess,
        shapes.SandboxSummary,
        shapes.SandboxDetail,
        shapes.SnapshotInfo,
        shapes.Message,
        shapes.MessageDetail,
        shapes.StatusAt,
        shapes.Job,
        shapes.JobDetail,
        shapes.Move,
        shapes.Step,
        shapes.Traveller,
        shapes.JournalEntry,
    ],
)
def test_a_type_has_the_fields_of_the_control_plane(emulator: Emulator, shape: type) -> None:
    schemas = emulator.http.get("/openapi/control.json").json()["components"]["schemas"]
    assert get_type_hints(shape).keys() == schemas[shape.__name__]["properties"].keys()


def test_importing_the_client_imports_nothing_but_the_standard_library() -> None:
    script = "import sys, emulator.testing; print(*{name.partition('.')[0] for name in sys.modules})"
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {
        name for name in said if name in {"pydantic", "fastapi", "starlette", "typer", "sqlmodel"}
    } == set()


@pytest.mark.slow
def test_where_no_tls_is_spoken_it_says_so(server: Server) -> None:
    with pytest.raises(UnreachableError, match=f"speaks no TLS .*: try {server.url}$"):
        Control(server.url.replace("http", "https", 1)).sandboxes()
