"""Sandboxes are made, reset, seeded and deleted: wholly or not at all, and others do not wait."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from emulator.sandbox import origins, sandbox, template_sets
from emulator.sandbox.origins import OriginInFile, OriginInMemory
from emulator.sandbox.sandbox import Sandbox
from emulator.storage import drafts
from emulator.storage.failures import StorageError
from emulator.storage.shelf import Shelf
from emulator.storage.store import Store
from tests.conftest import Emulator, in_process
from tests.held import PATIENCE, held_by, served_beside

PEOPLE = """
organization: 66a0c1d2e3f4a5b6c7d8bbbb
global_group: {id: 66a2b3c4d5e6f7a8b9c00000, code: GLB00, name: Global unsubscribes}
projects:
  - id: 66a0c1d2e3f4a5b6c7d8aaaa
    name: Ours
    owner: 66a0c1d2e3f4a5b6c7d8cccc
    pace: 100
    created: 2026-01-15T10:30:00Z
    inbound: k3x9
    keys: [AS_ours0000000000000000]
    lists:
      - id: 66a0c1d2e3f4a5b6c7d83001
        name: Many
        generate: {count: 300, pattern: "{n}@example.com"}
"""


@pytest.fixture(params=["memory", "data"])
def large(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Emulator]:
    """An emulator that treats all databases as large, with its state in memory or in a folder."""
    monkeypatch.setattr(drafts, "LARGE", 0)
    monkeypatch.setattr(origins, "LARGEST_PACKED", 0)
    with in_process(**({} if request.param == "memory" else {"data": tmp_path / "data"})) as emulator:
        yield emulator


def control(emulator: Emulator, method: str, path: str, body: Any = None, name: str = "") -> Response:
    params = {"sandbox": name} if name else None
    return emulator.http.request(method, f"/_emulator{path}", json=body, params=params)


def seeded(emulator: Emulator, name: str) -> Response:
    return control(emulator, "POST", "/seed", {"fixtures": {"autosend": PEOPLE}}, name)


def people(emulator: Emulator, name: str) -> int:
    """Return how many contacts a sandbox's first AutoSend key shows."""
    key = control(emulator, "GET", f"/sandboxes/{name}").json()["access"]["autosend"]["credentials"][0]
    lists = emulator.http.get("/v1/contact-lists", headers={"Authorization": f"Bearer {key}"})
    return int(lists.json()["data"]["lists"][0]["contactCount"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("owner", "function", "path", "body"),
    [
        (template_sets, "laid_aside", "/sandboxes", {"name": "own", "at": "2031-05-06T07:08:09Z"}),
        (template_sets, "copied", "/sandboxes", {"name": "own"}),
        (template_sets, "copied", "/reset?sandbox=box", {}),
        (OriginInMemory, "copied", "/reset?sandbox=seeded", {}),
        (sandbox, "delete", "/sandboxes/box", None),
    ],
)
def test_others_are_served_while_a_sandbox_begins_or_ends(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, owner: Any, function: str, path: str, body: Any
) -> None:
    for name in ("box", "seeded"):
        assert control(emulator, "POST", "/sandboxes", {"name": name}).status_code == 201
    assert seeded(emulator, "seeded").status_code == 200
    held = held_by(monkeypatch, owner, function)
    answer = served_beside(
        held,
        lambda: control(emulator, "DELETE" if body is None else "POST", path, body),
        lambda: control(emulator, "GET", "/clock"),
    )
    assert answer.status_code < 300


def test_a_name_is_taken_while_its_sandbox_is_made(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = held_by(monkeypatch, template_sets, "copied")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(control, emulator, "POST", "/sandboxes", {"name": "box"})
        assert held.begins.wait(PATIENCE)
        assert control(emulator, "POST", "/sandboxes", {"name": "box"}).status_code == 409
        assert control(emulator, "GET", "/sandboxes/box").status_code == 404
        held.may_go_on.set()
        assert first.result().status_code == 201
    assert control(emulator, "GET", "/sandboxes/box").status_code == 200


def test_sandboxes_without_a_name_that_are_made_together_get_names_of_their_own(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = held_by(monkeypatch, template_sets, "copied")
    with ThreadPoolExecutor(3) as pool:
        made = [pool.submit(control, emulator, "POST", "/sandboxes") for _ in range(3)]
        assert held.begins.wait(PATIENCE)
        held.may_go_on.set()
        answers = [one.result() for one in made]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    names = sorted(answer.json()["name"] for answer in answers)
    assert names == ["sandbox-1", "sandbox-2", "sandbox-3"]


def test_a_name_is_free_again_where_making_its_sandbox_failed(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise StorageError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(template_sets, "copied", fail)
        assert control(emulator, "POST", "/sandboxes", {"name": "box"}).status_code == 503
    assert control(emulator, "POST", "/sandboxes", {"name": "box"}).status_code == 201


def test_what_is_asked_of_a_sandbox_while_it_is_reset_is_answered_before_or_after(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = emulator.sandbox("box")
    held = held_by(monkeypatch, template_sets, "copied")
    answer = served_beside(
        held,
        lambda: box.control("POST", "/reset"),
        lambda: emulator.http.get("/v1/campaigns", headers=box.autosend),
    )
    assert answer.json()["requests"] == 0


def test_a_sandbox_that_is_deleted_while_it_is_reset_is_gone(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.sandbox("box")
    held = held_by(monkeypatch, template_sets, "copied")
    with ThreadPoolExecutor(2) as pool:
        reset = pool.submit(control, emulator, "POST", "/reset", {}, "box")
        assert held.begins.wait(PATIENCE)
        deleted = pool.submit(control, emulator, "DELETE", "/sandboxes/box")
        held.may_go_on.set()
        assert reset.result().status_code in {200, 410}
        assert deleted.result().status_code == 204
    assert control(emulator, "GET", "/sandboxes/box").status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize(("owner", "function"), [(sandbox, "delete"), (OriginInMemory, "discard")])
def test_a_sandbox_that_is_being_deleted_is_in_nobodys_way(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, owner: Any, function: str
) -> None:
    control(emulator, "POST", "/sandboxes", {"name": "box"})
    assert seeded(emulator, "box").status_code == 200
    held = held_by(monkeypatch, owner, function)
    with ThreadPoolExecutor(1) as pool:
        deleted = pool.submit(control, emulator, "DELETE", "/sandboxes/box")
        assert held.begins.wait(PATIENCE)
        assert control(emulator, "GET", "/sandboxes").status_code == 200
        assert control(emulator, "POST", "/sandboxes", {"name": "box"}).status_code == 409
        held.may_go_on.set()
        assert deleted.result().status_code == 204
    assert control(emulator, "POST", "/sandboxes", {"name": "box"}).status_code == 201


@pytest.mark.slow
def test_a_sandbox_whose_file_can_not_be_deleted_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise StorageError("the disk is full")

    with in_process(data=tmp_path) as emulator:
        control(emulator, "POST", "/sandboxes", {"name": "box"})
        before = people(emulator, "box")
        with monkeypatch.context() as patched:
            patched.setattr(Shelf, "discard", fail)
            assert control(emulator, "DELETE", "/sandboxes/box").status_code == 503
        assert people(emulator, "box") == before
        assert control(emulator, "DELETE", "/sandboxes/box").status_code == 204


@pytest.mark.slow
def test_a_large_sandbox_begins_as_a_small_one_does(large: Emulator, emulator: Emulator) -> None:
    for one in (large, emulator):
        assert control(one, "POST", "/sandboxes", {"name": "box", "seed": 4}).status_code == 201
        control(one, "POST", "/clock", {"advance": "1d"}, "box")
        assert control(one, "POST", "/reset", {}, "box").status_code == 200
    messages = [control(one, "GET", "/messages", name="box").json() for one in (large, emulator)]
    assert messages[0] == messages[1]
    assert messages[0]["total"] > 0


@pytest.mark.slow
def test_a_large_template_of_its_own_is_what_a_sandbox_is_reset_to(large: Emulator) -> None:
    control(large, "POST", "/sandboxes", {"name": "box"})
    assert seeded(large, "box").status_code == 200
    for _ in range(2):
        assert people(large, "box") == 300
        assert control(large, "POST", "/reset", {}, "box").status_code == 200
    assert control(large, "DELETE", "/sandboxes/box").status_code == 204
    control(large, "POST", "/sandboxes", {"name": "box"})
    assert people(large, "box") != 300


@pytest.mark.slow
@pytest.mark.parametrize("step", ["exchange", "copied", "replacing"])
def test_a_sandbox_that_can_not_begin_anew_keeps_what_it_has(
    large: Emulator, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    control(large, "POST", "/sandboxes", {"name": "box"})
    before = people(large, "box")

    def fail(*_: Any) -> None:
        raise StorageError("the disk is full")

    place, name = {
        "exchange": (Sandbox, "begin" if large.world.default.folder is None else "begin_from"),
        "copied": (Store, "copy" if large.world.default.folder is None else "write_draft"),
        "replacing": (Shelf, "form_of" if large.world.default.folder is None else "replacing_by"),
    }[step]
    monkeypatch.setattr(origins, "_in_file", lambda _: None)
    with monkeypatch.context() as patched:
        patched.setattr(place, name, fail)
        assert seeded(large, "box").status_code == 503
    assert people(large, "box") == before
    assert control(large, "POST", "/reset", {}, "box").status_code == 200
    assert people(large, "box") == before


@pytest.mark.slow
def test_where_there_is_no_room_for_files_a_large_template_is_packed(
    large: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise StorageError("the disk is full")

    if large.world.default.folder is None:
        monkeypatch.setattr(origins, "temporary", fail)
    control(large, "POST", "/sandboxes", {"name": "box"})
    assert seeded(large, "box").status_code == 200
    assert control(large, "POST", "/reset", {}, "box").status_code == 200
    assert people(large, "box") == 300


@pytest.mark.slow
def test_a_template_of_its_own_is_kept_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "LARGE", 0)
    with in_process(data=tmp_path) as emulator:
        control(emulator, "POST", "/sandboxes", {"name": "box"})
        assert seeded(emulator, "box").status_code == 200
    read = held_by(monkeypatch, OriginInFile, "copied")
    read.may_go_on.set()
    with in_process(data=tmp_path) as emulator:
        assert control(emulator, "POST", "/reset", {}, "box").status_code == 200
        assert people(emulator, "box") == 300
    assert read.calls == 1
