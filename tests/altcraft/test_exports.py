"""Exports of profiles with their tasks and files; uploads."""

import csv
from base64 import b64encode
from io import StringIO
from threading import get_ident
from typing import Any

import pytest
from httpx2 import Response

from emulator.altcraft.people.exporting import export
from emulator.altcraft.principals import Grant
from tests.altcraft.conftest import SUBACCOUNT, TOKEN, Altcraft
from tests.conftest import Emulator
from tests.held import make_rows_many

ASKED: dict[str, Any] = {"source_type": "database", "source_id": 1}
LONG = "A" * 65_536
KNOWN = "/api/download/4cf435e8-9921-4666-a39e-03ecbf575aaa/1_database_export.csv"


def download(altcraft: Altcraft, url: str, **headers: str) -> Response:
    return altcraft.emulator.http.get(url, headers={"Authorization": f"Bearer {TOKEN}"} | headers)


def result(altcraft: Altcraft, **body: Any) -> Any:
    """Start an export, and return the result of its task."""
    task = altcraft.data("/profiles/get_all", **body)["task_id"]
    altcraft.advance("1m")
    return altcraft.data("/tasks/status", task_id=task)["result"]


def rows(altcraft: Altcraft, **body: Any) -> list[dict[str, str]]:
    (url,) = result(altcraft, **body)["urls"]
    return list(csv.DictReader(StringIO(download(altcraft, url).text)))


def test_an_export_is_a_task_that_takes_its_time(altcraft: Altcraft) -> None:
    task = altcraft.data("/profiles/get_all", **ASKED)["task_id"]
    assert task.startswith("task_")

    def status(number: str = task) -> Any:
        return altcraft.data("/tasks/status", task_id=number)

    assert status() == {"status": "created", "progress": 0, "result": None}
    altcraft.emulator.http.post("/_emulator/clock", json={"advance": "500ms"})
    altcraft.advance("1s")
    number = task.removeprefix("task_")
    assert status() == status(number) == status(number.upper())
    assert (status()["status"], status()["progress"]) == ("completed", 100)
    found = status()["result"]
    told = {"errors": [], "source_id": 1, "total": 41, "type": "database"}
    assert {name: found[name] for name in told} == told
    (url,) = found["urls"]
    assert url.startswith("/api/download/data/")
    assert url.endswith("/1_database_export.csv")


def test_a_task_is_half_done_half_way(altcraft: Altcraft) -> None:
    task = altcraft.data("/profiles/get_all", **ASKED)["task_id"]
    altcraft.emulator.query("UPDATE altcraft_task SET ends_at = ends_at + 9000 WHERE 'task_' || id = ?", task)
    altcraft.advance("5s")
    status = altcraft.data("/tasks/status", task_id=task)
    assert status == {"status": "in_progress", "progress": 50, "result": None}


def test_a_task_has_just_begun_where_the_clock_is_set_back_to_before_it(altcraft: Altcraft) -> None:
    task = altcraft.data("/profiles/get_all", **ASKED)["task_id"]
    altcraft.emulator.http.post("/_emulator/clock", json={"set": "2026-03-05T12:00:00Z"})
    status = altcraft.data("/tasks/status", task_id=task)
    assert status == {"status": "created", "progress": 0, "result": None}


def test_a_file_is_written_on_another_thread(altcraft: Altcraft, monkeypatch: pytest.MonkeyPatch) -> None:
    make_rows_many(monkeypatch)
    threads = []

    def spy(*said: Any, **more: Any) -> Any:
        threads.append(get_ident())
        return export(*said, **more)

    monkeypatch.setattr("emulator.altcraft.api.profiles.export.export", spy)
    assert result(altcraft, **ASKED)["total"] == 41
    assert threads != [altcraft.emulator.on_the_loop(get_ident)]


def test_the_journal_shows_no_part_of_a_query_as_unread(altcraft: Altcraft) -> None:
    altcraft.data("/profiles/list", db_id=1, query={"$or": [{"_city": "Omsk"}]}, colour="red")
    (entry,) = altcraft.emulator.http.get("/_emulator/requests", params={"limit": 1}).json()["requests"]
    assert entry["unread"] == ["body.colour"]


def test_a_table_has_the_fields_of_the_database_and_lists_in_one_cell(altcraft: Altcraft) -> None:
    altcraft.emulator.query(
        "UPDATE altcraft_profile SET phones = ?, fields = json_patch(fields, ?) WHERE email = ?",
        '["+79000000001","+79000000002"]',
        '{"is_member":true,"rating":1.5,"_lname":"a \\"b\\", c","address":{"city":"Omsk"},'
        '"orders":[{"a":1},{"a":2}]}',
        "customer2@example.com",
    )
    found = rows(altcraft, **ASKED, custom_request={"email": "customer2@example.com"})
    assert len(found) == 1
    row = {name: value for name, value in found[0].items() if value}
    assert row.pop("id")
    assert row.pop("_xxh")
    assert row.pop("_md5")
    assert row == {
        "email": "customer2@example.com",
        "phones": "+79000000001|+79000000002",
        "_status": "0",
        "_is_test": "false",
        "_fname": "Maria",
        "_lname": 'a "b", c',
        "_sex": "2",
        "_city": "Omsk",
        "LOYALTY_SCORE": "100",
        "rating": "1.5",
        "is_member": "true",
        "level": "2",
        "custom_tags": "cats",
        "address": '{"city":"Omsk"}',
        "orders": '{"a":1}|{"a":2}',
        "_createtime": "2026-03-15T14:30:00.000Z",
        "_updatetime": "2026-03-15T14:30:00.000Z",
    }


def test_the_columns_do_not_depend_on_who_is_exported(altcraft: Altcraft) -> None:
    (url,) = result(altcraft, **ASKED, custom_request={"email": "nobody@example.com"})["urls"]
    header = download(altcraft, url).text
    assert header == download(altcraft, KNOWN).text.partition("\n")[0] + "\n"
    assert header.startswith("id,email,phones,_status,_is_test,_fname,_lname,")


def test_fields_that_nobody_declared_have_columns_too(altcraft: Altcraft) -> None:
    altcraft.emulator.query(
        "UPDATE altcraft_profile SET fields = '{\"shoe size\":43}' WHERE email = 'eve@example.com'"
    )
    found = rows(altcraft, source_type="database", source_id=2)
    assert [row["shoe size"] for row in found][:2] == ["43", ""]


def test_an_array_of_objects_is_what_lists_show(altcraft: Altcraft) -> None:
    (url,) = result(altcraft, **ASKED, file_format="json")["urls"]
    answer = download(altcraft, url, Accept="application/xml")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="1_database_export.json"'
    shown = {profile["id"]: profile for profile in answer.json()}
    assert shown == {profile["id"]: profile for profile in altcraft.data("/profiles/list", db_id=1)}


def test_the_file_has_the_profiles_of_the_instant_of_the_request(altcraft: Altcraft) -> None:
    task = altcraft.data("/profiles/get_all", **ASKED)["task_id"]
    altcraft.data("/databases/wipe", id=1)
    altcraft.advance("1s")
    (url,) = altcraft.data("/tasks/status", task_id=task)["result"]["urls"]
    assert len(download(altcraft, url).text.splitlines()) == 42


def test_a_segment_is_exported(altcraft: Altcraft) -> None:
    found = result(altcraft, source_type="segment", source_id=5)
    assert (found["total"], found["type"]) == (10, "segment")
    assert found["urls"][0].endswith("/5_segment_export.csv")
    some = rows(altcraft, source_type="segment", source_id=5, custom_request={"_city": "Omsk"})
    assert len(some) == 5
    assert {row["_city"] for row in some} == {"Omsk"}


def test_files_are_the_same_each_time(altcraft: Altcraft) -> None:
    began = [altcraft.data("/profiles/get_all", **ASKED)["task_id"] for _ in range(2)]
    altcraft.advance("1s")
    urls = [altcraft.data("/tasks/status", task_id=task)["result"]["urls"][0] for task in began]
    assert urls[0] != urls[1]
    assert len({download(altcraft, url).text for url in urls}) == 1


def test_a_file_is_downloaded_with_a_token_in_the_header_or_the_address(altcraft: Altcraft) -> None:
    http = altcraft.emulator.http
    known = KNOWN.replace("download/", "download/data/")
    assert http.get(f"{known}?token={TOKEN}").text == download(altcraft, KNOWN).text
    refused = http.get(KNOWN)
    assert (refused.status_code, refused.json()["error_text"]) == (401, "API token required")
    refused = http.get(f"{KNOWN}?token=none")
    assert (refused.status_code, refused.json()["error"]) == (403, 403)
    refused = download(altcraft, KNOWN, Authorization=f"Bearer {SUBACCOUNT}")
    assert (refused.status_code, refused.json()["error_text"]) == (404, "Object not found: database 1")


@pytest.mark.parametrize(
    "url",
    [
        "/api/download/4cf435e8-9921-4666-a39e-03ecbf575aaa/2_database_export.csv",
        "/api/download/data/00000000-9921-4666-a39e-03ecbf575aaa/1_database_export.csv",
        "/api/download/data/x%00/%F0%9F%98%80",
    ],
)
def test_an_unknown_file_is_not_found(altcraft: Altcraft, url: str) -> None:
    answer = download(altcraft, url)
    assert (answer.status_code, answer.json()["error"]) == (404, 404)
    assert answer.json()["error_text"].startswith("Object not found: file ")
    assert "<error>404</error>" in download(altcraft, url, Accept="application/xml").text


def test_a_file_is_not_there_before_its_task_is_done(altcraft: Altcraft) -> None:
    altcraft.data("/profiles/get_all", **ASKED)
    ((number,),) = altcraft.emulator.query("SELECT id FROM altcraft_file ORDER BY rowid DESC LIMIT 1")
    url = f"/api/download/data/{number}/1_database_export.csv"
    assert download(altcraft, url).status_code == 404
    altcraft.advance("1s")
    assert download(altcraft, url).status_code == 200


def test_tasks_and_their_files_are_forgotten_after_a_week_and_uploads_stay(altcraft: Altcraft) -> None:
    altcraft.data("/file_upload", header="a.csv", data="data:;base64,")
    task = altcraft.data("/profiles/get_all", **ASKED)["task_id"]
    altcraft.advance("7d")
    assert altcraft.refused("/tasks/status", task_id=task) == (404, f"Object not found: task {task}")
    assert altcraft.emulator.query("SELECT name FROM altcraft_file") == [("a.csv",)]
    assert download(altcraft, KNOWN).status_code == 404


@pytest.mark.parametrize("query", [{}, {"email": "ann@example.com"}])
def test_a_segment_of_a_database_that_the_token_does_not_see_is_not_exported(
    altcraft: Altcraft, query: dict[str, Any]
) -> None:
    altcraft.emulator.query("UPDATE altcraft_segment SET groups = '[2]' WHERE id = 3")
    asked = {"source_type": "segment", "source_id": 3, "custom_request": query}
    refused = altcraft.refused("/profiles/get_all", token=SUBACCOUNT, **asked)
    assert refused == (404, "Object not found: database 1")


def test_an_export_of_nobody_has_the_columns_of_its_database_and_checks_its_query(altcraft: Altcraft) -> None:
    empty = altcraft.data("/segments/add", name="Nobody", is_static=True, list_id=1)["saved_id"]
    asked = {"source_type": "segment", "source_id": empty}
    (url,) = result(altcraft, **asked)["urls"]
    (whole,) = result(altcraft, **ASKED)["urls"]
    header = download(altcraft, whole).text.splitlines()[0]
    assert download(altcraft, url).text.splitlines() == [header]
    refused = altcraft.refused("/profiles/get_all", **asked, custom_request={"$foo": 1})
    assert "custom_request.$foo: is no operator" in refused[1]


def test_any_token_may_ask_for_tasks_and_upload(altcraft: Altcraft, monkeypatch: pytest.MonkeyPatch) -> None:
    task = altcraft.data("/profiles/get_all", **ASKED)["task_id"]
    monkeypatch.setattr(Grant, "may", lambda _, right: not right)
    assert altcraft.data("/tasks/status", task_id=task)["status"] == "created"
    assert altcraft.data("/file_upload", header="a", data="data:;base64,")["file"]
    assert altcraft.refused("/profiles/get_all", **ASKED) == (403, "Access denied")
    assert download(altcraft, KNOWN).status_code == 403


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, "source_type: Field required"),
        ({"source_type": "list"}, "source_type: Input should be 'database' or 'segment'"),
        ({"source_type": "database", "source_id": "x"}, "source_id: Input should be a valid integer"),
        (ASKED | {"file_format": "xml"}, "file_format: Input should be 'csv' or 'json'"),
        (ASKED | {"file_format": ["csv"]}, "file_format: Input should be 'csv' or 'json'"),
        (ASKED | {"custom_request": []}, "custom_request: Input should be a valid object"),
        (ASKED | {"custom_request": {"town": 1}}, "custom_request.town: is no field of the database"),
        (ASKED | {"custom_request": {"_city": {"$x": 1}}}, "custom_request._city.$x: is no operator"),
        (
            {"source_type": "segment", "source_id": 5, "custom_request": {"town": 1}},
            "custom_request.town: is no",
        ),
    ],
)
def test_what_does_not_fit_is_refused_and_makes_no_task(
    altcraft: Altcraft, body: dict[str, Any], refusal: str
) -> None:
    before = altcraft.emulator.query("SELECT count(*) FROM altcraft_task")
    code, text = altcraft.refused("/profiles/get_all", **body)
    assert code == 400
    assert text.startswith(f"Incorrect request: {refusal}")
    assert altcraft.emulator.query("SELECT count(*) FROM altcraft_task") == before


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"source_type": "database", "source_id": 9}, "Object not found: database 9"),
        ({"source_type": "segment", "source_id": 9}, "Object not found: segment 9"),
        (ASKED | {"token": SUBACCOUNT}, "Object not found: database 1"),
    ],
)
def test_an_unknown_source_is_not_found(altcraft: Altcraft, body: dict[str, Any], text: str) -> None:
    assert altcraft.refused("/profiles/get_all", **body) == (404, text)


def test_a_repeated_request_begins_no_second_task(altcraft: Altcraft) -> None:
    answers = [
        altcraft.call("/profiles/get_all", headers={"Request-ID": "r-1"}, **ASKED).json() for _ in range(2)
    ]
    assert answers[0] == answers[1]


def test_xml_asks_for_exports_and_tasks(altcraft: Altcraft) -> None:
    asked = "<source_type>database</source_type><source_id>1</source_id>"
    request = "<custom_request><_city>Omsk</_city></custom_request>"
    answer = altcraft.xml("/profiles/get_all", asked + request).text
    task = answer.partition("<task_id>")[2].partition("<")[0]
    altcraft.advance("1s")
    status = altcraft.xml("/tasks/status", f"<task_id>{task}</task_id>").text
    assert "<progress>100</progress>" in status
    assert "<errors/>" in status
    assert "<total>18</total>" in status
    refused = altcraft.xml("/profiles/get_all", f"{asked}<custom_request><$or/></custom_request>").text
    assert "operators of queries, such as $or, can not be written in XML" in refused


def test_an_upload_is_kept_as_it_was_sent(altcraft: Altcraft) -> None:
    content = bytes(range(256))
    url = f"data:text/csv;charset=utf-8;base64,{b64encode(content).decode()}"
    number = altcraft.data("/file_upload", header="лист.csv", data=url)["file"]
    kept = altcraft.emulator.query(
        "SELECT name, content_type, content, task_id FROM altcraft_file WHERE id = ?", number
    )
    assert kept == [("лист.csv", "text/csv;charset=utf-8", content, None)]
    assert download(altcraft, f"/api/download/{number}/лист.csv").status_code == 404
    answer = altcraft.xml("/file_upload", f"<header>a</header><data>{url[:-8]}\n{url[-8:]}</data>").text
    assert "<file>" in answer


@pytest.mark.parametrize("width", [1, 2, 76, 65_535, 65_536])
def test_a_long_upload_may_be_in_lines_of_any_length(altcraft: Altcraft, width: int) -> None:
    content = bytes(range(256)) * 400
    written = b64encode(content + b"!").decode()
    lines = "\r\n".join(written[begin : begin + width] for begin in range(0, len(written), width))
    number = altcraft.data("/file_upload", header="a", data=f"data:;base64,{lines}\n")["file"]
    kept = altcraft.emulator.query("SELECT content FROM altcraft_file WHERE id = ?", number)
    assert kept == [(content + b"!",)]


@pytest.mark.parametrize("end", ["!AAA", "AA", "A", "AA=AAA", f"AA=={LONG}", "AA== AA=="])
def test_what_is_wrong_far_behind_in_an_upload_is_refused(altcraft: Altcraft, end: str) -> None:
    code, text = altcraft.refused("/file_upload", header="a", data=f"data:;base64,{LONG}{end}")
    assert (code, text.startswith("Incorrect request: data: Malformed base64: ")) == (400, True)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"data": "data:;base64,"}, "header: Field required"),
        ({"header": "a"}, "data: Field required"),
        ({"header": "a\nb", "data": "data:;base64,"}, "header: must be one line"),
        ({"header": 1, "data": "data:;base64,"}, "header: Input should be a valid string"),
        ({"header": "a", "data": "ZW1haWwK"}, "data: must be a data URL such as"),
        ({"header": "a", "data": "data:text/csv,email"}, "data: must be a data URL such as"),
        ({"header": "a", "data": "data:;base64,ZW1haWw"}, "data: Malformed base64: "),
        ({"header": "a", "data": "data:;base64,ZW1h*"}, "data: Malformed base64: "),
        ({"header": "a", "data": "data:;base64,é\0"}, "data: Malformed base64: "),
        ({"header": "a", "data": ["data:;base64,"]}, "data: Input should be a valid string"),
    ],
)
def test_what_is_no_file_is_refused(altcraft: Altcraft, body: dict[str, Any], refusal: str) -> None:
    code, text = altcraft.refused("/file_upload", **body)
    assert code == 400
    assert text.startswith(f"Incorrect request: {refusal}")


@pytest.mark.slow
def test_an_upload_has_up_to_100_mebibytes(emulator: Emulator, altcraft: Altcraft) -> None:
    data = "data:;base64," + "A" * (11 * 1024 * 1024 // 4 * 4)
    assert altcraft.data("/file_upload", header="large", data=data)["file"]
    answer = emulator.http.post(
        "/api/v1.1/file_upload", content=b"", headers={"Content-Length": str(100 * 1024 * 1024 + 1)}
    )
    assert answer.status_code == 413
    assert answer.json()["error_text"] == "Request is too large: more than 100 MB"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (400, "Incorrect request: task_id: Field required")),
        ({"task_id": 7}, (400, "Incorrect request: task_id: Input should be a valid string")),
        ({"task_id": {}}, (400, "Incorrect request: task_id: Input should be a valid string")),
        ({"task_id": "task_x\0"}, (404, "Object not found: task task_x\0")),
        ({"task_id": "x", "token": "none"}, (403, "Access denied")),
    ],
)
def test_an_unknown_task_is_not_found(
    altcraft: Altcraft, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert altcraft.refused("/tasks/status", **body) == refusal


def test_a_cell_with_a_carriage_return_is_one_cell(altcraft: Altcraft) -> None:
    altcraft.answer("/profiles/update", db_id=1, email="ann@example.com", data={"_fname": "one\rtwo"})
    (url,) = result(altcraft, **ASKED)["urls"]
    text = download(altcraft, url).content.decode()
    found = list(csv.DictReader(StringIO(text, newline="")))
    assert [row["_fname"] for row in found if row["email"] == "ann@example.com"] == ["one\rtwo"]
    assert "\r\n" not in text
