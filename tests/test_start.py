"""The modules that a start imports: none that only requests need.

Those are imported while no request waits.
"""

import asyncio
import subprocess
import sys
import warnings
from collections.abc import Callable
from threading import Event, Thread, current_thread, main_thread
from typing import Annotated

import pytest
from fastapi import APIRouter, Query
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema
from uvicorn.server import ServerState

from emulator.engine.clock import machine_pause
from emulator.server.preparing import prepare
from emulator.server.serving import silence_fields

PROGRAM = """
import sys
from emulator.app import create_app
from emulator.settings import Settings

create_app(Settings(clock="frozen"))
print(*sys.modules, sep="\\n")
"""


PREPARED = """
import sys
from starlette.testclient import TestClient
from emulator.app import LateApplications, assemble, make_providers, make_world
from emulator.settings import Settings

settings = Settings(clock="frozen")
providers = make_providers(settings)
world = make_world(settings, providers)
late = LateApplications(world, providers)
client = TestClient(assemble(settings, providers, world, late), base_url="http://127.0.0.1")
for step in late.first_uses():
    step()
before = set(sys.modules)
assert client.get("/_emulator/sandboxes").status_code == 200
assert client.get("/v1/campaigns").status_code == 401
print(*set(sys.modules) - before, sep="\\n")
"""


def loaded_modules(program: str = PROGRAM) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.slow
def test_a_start_loads_neither_sections_nor_what_only_they_need() -> None:
    found = loaded_modules()
    sections = [name for name in found if name.startswith("emulator.") and ".api" in name]
    libraries = {
        "fastapi",
        "dicttoxml",
        "xmltodict",
        "joserfc",
        "cryptography",
        "aiosmtpd",
        "httpcore2",
        "re2",
    }
    assert "emulator.gateway.journaling" in found
    assert sections == []
    assert libraries & set(found) == set()


@pytest.mark.slow
def test_what_is_prepared_leaves_only_sections_to_first_requests() -> None:
    ours = [name for name in loaded_modules(PREPARED) if name.partition(".")[0] in {"emulator", "fastapi"}]
    assert [name for name in ours if not name.startswith("emulator.autosend.")] == []


def prepared(state: ServerState, *steps: Callable[[], object]) -> None:
    asyncio.run(asyncio.wait_for(prepare(steps, state, quiet=0), 10))


def test_preparing_takes_its_steps_in_order_on_another_thread() -> None:
    taken: list[str] = []
    threads: list[Thread] = []
    prepared(
        ServerState(),
        lambda: taken.append("first"),
        lambda: taken.append("second"),
        lambda: threads.append(current_thread()),
    )
    assert taken == ["first", "second"]
    assert threads != [main_thread()]


def test_nothing_is_prepared_while_a_request_is_under_way() -> None:
    async def scenario() -> list[str]:
        state = ServerState()
        done: list[str] = []
        preparing = asyncio.create_task(prepare([lambda: done.append("step")], state, quiet=0))
        request = asyncio.create_task(machine_pause(0.01))
        state.tasks.add(request)
        await request
        done.append("request")
        state.tasks.clear()
        state.total_requests += 1
        await preparing
        return done

    assert asyncio.run(scenario()) == ["request", "step"]


def test_two_threads_that_make_fields_at_once_warn_of_nothing() -> None:
    second_makes, first_is_done = Event(), Event()

    def number(step: Callable[[], object]) -> type[int]:
        """Return a type that calls `step` when pydantic builds its schema."""

        class Number(int):
            @classmethod
            def __get_pydantic_core_schema__(cls, _: type, handler: GetCoreSchemaHandler) -> CoreSchema:
                step()
                return handler(int)

        return Number

    def let_the_second_make() -> None:
        second.start()
        assert second_makes.wait(10)

    def wait_for_the_first() -> None:
        second_makes.set()
        assert first_is_done.wait(10)

    def make(kind: type[int]) -> None:
        def endpoint(number: Annotated[kind, Query(alias="campaignId")]) -> None:  # type: ignore[valid-type]
            del number

        APIRouter().get("/")(endpoint)

    second = Thread(target=make, args=[number(wait_for_the_first)])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        silence_fields()
        make(number(let_the_second_make))
        first_is_done.set()
        second.join()
    assert [str(one.message) for one in caught] == []
