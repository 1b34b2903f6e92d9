"""Exports of suppression lists: a task, whose file is an archive of MD5 hashes."""

import json
from hashlib import md5
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from httpx2 import Response

from tests.altcraft.conftest import SUBACCOUNT, TOKEN, Altcraft
from tests.conftest import Emulator

PARTNERS, UNUSED = 2, 3
READY = "/api/download/suppress/b5bb73d7-530d-4a64-89d4-8ad22bad7aaa/partners.md5.zip"
"""The path of the export file that the demo account has from the beginning."""


def hashed(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


EMAIL, PHONE, DOMAIN = map(hashed, ["stop@example.org", "+79009999999", "blocked.example.org"])


def result_of(altcraft: Altcraft, task: str) -> Any:
    """Return the result of an export's task."""
    ((result,),) = altcraft.emulator.query("SELECT result FROM altcraft_task WHERE id = ?", task)
    return json.loads(result)


def export(altcraft: Altcraft, **body: Any) -> Any:
    """Export a list, wait until that is done, and return the result of its task."""
    task = altcraft.data("/suppresses/export", **body)["task_id"]
    altcraft.advance("1s")
    return result_of(altcraft, task)


def download(altcraft: Altcraft, path: str, token: str | None = TOKEN, **headers: str) -> Response:
    params = {} if token is None else {"token": token}
    return altcraft.emulator.http.get(f"/api/download/{path}", params=params, headers=headers)


def unpacked(answer: Response) -> dict[str, str]:
    """Return the files of an archive with their texts."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    with ZipFile(BytesIO(answer.content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_result_of_an_export_names_its_file(altcraft: Altcraft) -> None:
    result = export(altcraft, id=PARTNERS)
    folder, number, name = result.pop("hashed_file").split("/")
    assert (folder, len(number), name) == ("suppress", 36, "partners.md5.zip")
    assert result == {"is_api": True, "regular_file": "", "suppress_id": PARTNERS, "total": 3}


@pytest.mark.parametrize(
    ("kinds", "hashes"),
    [
        ({}, [DOMAIN, EMAIL, PHONE]),
        ({"type": "all"}, [DOMAIN, EMAIL, PHONE]),
        ({"type": "emails"}, [EMAIL]),
        ({"type": "phones"}, [PHONE]),
        ({"type": "domains"}, [DOMAIN]),
        ({"type": ""}, [DOMAIN, EMAIL, PHONE]),
    ],
)
def test_the_file_has_the_hashes_of_what_was_asked_for(
    altcraft: Altcraft, kinds: dict[str, str], hashes: list[str]
) -> None:
    result = export(altcraft, id=PARTNERS, **kinds)
    assert result["total"] == len(hashes)
    content = "".join(f"{one}\n" for one in hashes)
    assert unpacked(download(altcraft, result["hashed_file"])) == {"partners.md5.csv": content}


def test_hashes_that_came_as_hashes_are_exported(altcraft: Altcraft) -> None:
    altcraft.answer("/suppresses/emails_add", id=UNUSED, emails=[hashed("ann@example.org")])
    result = export(altcraft, id=UNUSED)
    assert unpacked(download(altcraft, result["hashed_file"])) == {
        "not_used.md5.csv": f"{hashed('ann@example.org')}\n"
    }


def test_the_file_of_an_empty_list_is_empty(altcraft: Altcraft) -> None:
    result = export(altcraft, id=UNUSED)
    assert result["total"] == 0
    assert unpacked(download(altcraft, result["hashed_file"])) == {"not_used.md5.csv": ""}


def test_the_same_list_is_the_same_file_at_any_time(altcraft: Altcraft) -> None:
    first = download(altcraft, export(altcraft, id=PARTNERS)["hashed_file"])
    altcraft.advance("1d")
    again = download(altcraft, export(altcraft, id=PARTNERS)["hashed_file"])
    assert first.content == again.content


@pytest.mark.parametrize("name", ["Партнёры", "a/../b", "?#%", "..", "x" * 1000, "\0"])
def test_any_name_of_a_list_makes_a_file_that_can_be_downloaded(altcraft: Altcraft, name: str) -> None:
    number = altcraft.data("/suppresses/add", name=name)["saved_id"]
    assert len(unpacked(download(altcraft, export(altcraft, id=number)["hashed_file"]))) == 1


def test_the_file_is_there_when_the_task_is_done_and_for_a_week(altcraft: Altcraft) -> None:
    task = altcraft.data("/suppresses/export", id=PARTNERS)["task_id"]
    path = result_of(altcraft, task)["hashed_file"]
    statuses = []
    for wait in ["1s", "6d", "2d"]:
        statuses.append(download(altcraft, path).status_code)
        altcraft.advance(wait)
    assert [*statuses, download(altcraft, path).status_code] == [404, 200, 200, 404]


def test_files_are_deleted_with_their_tasks(altcraft: Altcraft) -> None:
    export(altcraft, id=PARTNERS)
    altcraft.advance("8d")
    assert altcraft.emulator.query("SELECT count(*) FROM altcraft_file") == [(0,)]


def test_a_repeated_export_is_the_same_task(altcraft: Altcraft) -> None:
    first = altcraft.call("/suppresses/export", id=PARTNERS, headers={"Request-ID": "one"})
    again = altcraft.call("/suppresses/export", id=PARTNERS, headers={"Request-ID": "one"})
    assert first.json() == again.json()


def test_an_unknown_type_is_refused(altcraft: Altcraft) -> None:
    code, text = altcraft.refused("/suppresses/export", id=PARTNERS, type="people")
    assert (code, text.partition(": Input")[0]) == (400, "Incorrect request: type")


def test_the_token_may_stand_in_the_header(altcraft: Altcraft) -> None:
    answer = altcraft.emulator.http.get(READY, headers={"Authorization": f"Bearer {TOKEN}"})
    assert list(unpacked(answer)) == ["partners.md5.csv"]


@pytest.mark.parametrize(
    ("token", "path", "status", "text"),
    [
        (None, READY, 401, "API token required"),
        ("unknown", READY, 403, "Access denied"),
        (
            TOKEN,
            "/api/download/suppress/c110f0aa-06d0-4695-9aee-a9bab742daaa/partners.md5.zip",
            404,
            "Object not found: file c110f0aa-06d0-4695-9aee-a9bab742daaa",
        ),
        (TOKEN, READY.replace("partners", "p"), 404, f"Object not found: file {READY.split('/')[4]}"),
        (TOKEN, "/api/download/suppress/x/%00", 404, "Object not found: file x"),
    ],
)
def test_a_refused_download_has_its_http_status(
    altcraft: Altcraft, token: str | None, path: str, status: int, text: str
) -> None:
    answer = download(altcraft, path.removeprefix("/api/download/"), token)
    assert answer.status_code == status
    assert answer.json() == {"data": None, "error": status, "error_text": text}


EDIT_ONLY = """
user: olga@example.com
pace: 20
tokens: [{token: "00000000000000000000000000000001", rights: [suppressions.edit]}]
groups: [{id: 0, name: main}]
suppression_lists:
  - id: 2
    name: Partners
    exports:
      - {ago: 1h, task: c110f0aa-06d0-4695-9aee-a9bab742daaa, file: b5bb73d7-530d-4a64-89d4-8ad22bad7aaa}
"""


@pytest.mark.slow
def test_an_export_and_its_download_need_the_right_to_view(emulator: Emulator) -> None:
    box = emulator.sandbox(clock="frozen")
    seeded = box.control("POST", "/seed", json={"fixtures": {"altcraft": EDIT_ONLY}}).json()
    altcraft, token = Altcraft(emulator), seeded["environment"]["ALTCRAFT_TOKEN"]
    refusal = altcraft.refused("/suppresses/export", id=PARTNERS, token=token)
    assert refusal == (403, "Access denied")
    assert download(altcraft, READY.removeprefix("/api/download/"), token).status_code == 403


def test_a_file_of_a_list_of_other_groups_is_not_found(altcraft: Altcraft) -> None:
    theirs, others = (export(altcraft, id=number)["hashed_file"] for number in (PARTNERS, UNUSED))
    assert download(altcraft, theirs, SUBACCOUNT).status_code == 200
    answer = download(altcraft, others, SUBACCOUNT)
    assert (answer.status_code, answer.json()["error_text"]) == (404, "Object not found: suppression list 3")


def test_the_files_of_a_deleted_list_are_gone(altcraft: Altcraft) -> None:
    path = export(altcraft, id=UNUSED)["hashed_file"]
    altcraft.answer("/suppresses/delete", id=UNUSED)
    assert download(altcraft, path).status_code == 404


def test_a_refused_download_may_be_xml(altcraft: Altcraft) -> None:
    answer = download(altcraft, "suppress/x/y", Accept="application/xml")
    assert answer.status_code == 404
    assert answer.text == (
        "<xml><data/><error>404</error><error_text>Object not found: file x</error_text></xml>"
    )
