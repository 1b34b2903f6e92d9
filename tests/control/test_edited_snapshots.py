"""Snapshots that were edited or damaged are refused, when they are uploaded and when they are restored."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from emulator.app import create_app
from emulator.settings import Settings
from tests.conftest import BASE_URL, Emulator, Sandbox

FILE = {"Content-Type": "application/vnd.sqlite3"}
HOOK = {"provider": "autosend", "url": "http://127.0.0.1:9/hook"}
MAIL = {
    "from": {"email": "hello@example.com"},
    "to": {"email": "ada@example.com"},
    "subject": "Hello",
    "html": "<p>x</p>",
}


def used(emulator: Emulator, name: str = "one") -> Sandbox:
    """Return a sandbox with waiting messages and deliveries, and rules of all kinds."""
    box = emulator.sandbox(name, clock="frozen")
    for path, body in (
        ("/webhooks/targets", HOOK),
        ("/faults", {"provider": "rcs", "status": 503, "times": 1}),
        ("/outcomes", {"provider": "autosend", "outcome": "bounced", "recipient": "b@*"}),
        ("/webhooks/disturbances", {"provider": "autosend", "action": "duplicate", "times": 1}),
    ):
        assert box.control("POST", path, json=body).status_code in {200, 201}, path
    assert box.http.post("/v1/mails/send", json=MAIL, headers=box.autosend).status_code == 200
    box.advance("3s")
    assert box.http.post("/v1/mails/send", json=MAIL, headers=box.autosend).status_code == 200
    return box


def image_of(box: Sandbox, name: str = "good") -> bytes:
    assert box.control("POST", "/snapshots", json={"name": name}).status_code == 201
    content: bytes = box.http.get(f"/_emulator/snapshots/{name}").content
    return content


def edited(image: bytes, folder: Path, *statements: str) -> bytes:
    file = folder / "edited.sqlite"
    file.write_bytes(image)
    database = sqlite3.connect(file, isolation_level=None)
    for statement in statements:
        database.executescript(statement)
    database.close()
    return file.read_bytes()


def contents(image: bytes, folder: Path) -> list[str]:
    """Return everything in a snapshot, as SQL, except the machine's time."""
    (folder / "contents.sqlite").write_bytes(
        edited(image, folder, "UPDATE sandbox_state SET clock_machine = 0")
    )
    database = sqlite3.connect(folder / "contents.sqlite")
    lines = list(database.iterdump())
    database.close()
    return lines


def upload(http: Any, content: bytes, name: str = "edited") -> Any:
    return http.put(f"/_emulator/snapshots/{name}", content=content, headers=FILE)


EVENT = (
    "INSERT INTO due_event (due, name, subject, details, rows, is_dated) VALUES (1, '{}', '{}', '{{}}', 0, 0)"
)
TWO = (
    "CREATE TEMP TABLE two AS SELECT * FROM sandbox_state; UPDATE two SET id = 2;"
    "INSERT INTO sandbox_state SELECT * FROM two"
)
WRONG = [
    "UPDATE sandbox_state SET seed = 'x'",
    "UPDATE sandbox_state SET seed = x'00'",
    "UPDATE sandbox_state SET seed = -1",
    "UPDATE sandbox_state SET seed = 1.5",
    "UPDATE sandbox_state SET ids_seed = 'x'",
    "UPDATE sandbox_state SET ids_seed = -1",
    "UPDATE sandbox_state SET clock_speed = 'fast'",
    "UPDATE sandbox_state SET clock_speed = 9e999",
    "UPDATE sandbox_state SET clock_speed = -9e999",
    "UPDATE sandbox_state SET clock_speed = -1",
    "UPDATE sandbox_state SET clock_speed = 1e9",
    "UPDATE sandbox_state SET clock_virtual = 'now'",
    "UPDATE sandbox_state SET clock_virtual = -1",
    "UPDATE sandbox_state SET clock_virtual = 9223372036854775807",
    "UPDATE sandbox_state SET clock_machine = -5",
    "UPDATE sandbox_state SET clock_machine = 'x'",
    "UPDATE sandbox_state SET clock_setting = 'sideways'",
    "UPDATE sandbox_state SET name = x'ff'",
    "UPDATE sandbox_state SET name = CAST(x'ff' AS TEXT)",
    "UPDATE sandbox_state SET expires_after = -1",
    "UPDATE sandbox_state SET made_at = 'x'",
    "UPDATE sandbox_state SET id = 2",
    "DELETE FROM sandbox_state",
    TWO,
    "UPDATE due_event SET name = 'nothing.known'",
    "UPDATE due_event SET details = 'no json'",
    "UPDATE due_event SET details = '[]'",
    "UPDATE due_event SET details = 'null'",
    "UPDATE due_event SET details = ''",
    "UPDATE due_event SET due = 'soon'",
    "UPDATE due_event SET due = -1",
    "UPDATE due_event SET due = 9223372036854775807",
    "UPDATE due_event SET subject = 'job:999999999'",
    "UPDATE due_event SET subject = 'job:x'",
    "UPDATE due_event SET subject = 'job:'",
    "UPDATE due_event SET subject = x'00'",
    EVENT.format("webhooks.attempt", "webhook:99"),
    EVENT.format("webhooks.attempt", "job:1"),
    EVENT.format("webhooks.batch_over", "x"),
    EVENT.format("autosend.release", "autosend.campaign:nothing"),
    EVENT.format("rcs.begin", "rcs.campaign:999"),
    EVENT.format("altcraft.start", "altcraft.mailing:5"),
    "UPDATE webhook_happening SET body = 'no json'",
    "UPDATE webhook_happening SET body = '" + "[" * 3_000 + "]" * 3_000 + "'",
    "DELETE FROM webhook_delivery",
    "DELETE FROM job",
    "DELETE FROM message",
    "DELETE FROM altcraft_account",
    "DELETE FROM rcs_account",
    "DELETE FROM autosend_project",
    "DELETE FROM altcraft_run WHERE job_id = (SELECT max(job_id) FROM altcraft_run)",
    "DELETE FROM rcs_dispatch WHERE job_id = (SELECT max(job_id) FROM rcs_dispatch)",
    "DELETE FROM autosend_mail WHERE job_id = (SELECT max(job_id) FROM autosend_mail)",
    "UPDATE message SET job_id = 999999999",
    "UPDATE message SET status = x'00'",
    "UPDATE message SET created_at = -1",
    "UPDATE message SET channel = 'pigeon'",
    "UPDATE message SET channel = 'viber' WHERE job_id IN (SELECT id FROM job WHERE provider = 'autosend')",
    "UPDATE job SET channel = 'pigeon'",
    "UPDATE message SET delivered_at = 'x'",
    "UPDATE message SET recipient = CAST(x'c3' AS TEXT)",
    "UPDATE message SET id = id - 9e15 WHERE id = (SELECT min(id) FROM message)",
    "UPDATE message SET status = 'nowhere'",
    "UPDATE message SET outcome = 'nonsense'",
    "UPDATE message SET outcome = outcome || '~soon'",
    "UPDATE message SET outcome = outcome || '~\u0661'",
    "UPDATE message SET outcome = outcome || '~99999999999999999999'",
    "UPDATE message SET outcome = 'nonsense@7' WHERE id = (SELECT max(id) FROM message)",
    "UPDATE status_change SET status = 'nowhere' WHERE id = (SELECT max(id) FROM status_change)",
    "UPDATE job SET state = 'asleep'",
    "UPDATE job SET provider = 'nobody'",
    "UPDATE job SET pace = 0",
    "UPDATE job SET pace = 9e999",
    "UPDATE job SET pace = 'x'",
    "UPDATE job SET total = 'many'",
    "UPDATE sequence SET last = 0",
    "DELETE FROM sequence",
    "UPDATE sequence SET last = 9223372036854775807",
    "UPDATE sequence SET last = 'x'",
    "UPDATE sequence SET last = -1 WHERE name NOT IN ('message', 'job')",
    "UPDATE sqlite_sequence SET seq = 9223372036854775807",
    "UPDATE fault_rule SET written = 'no json'",
    "UPDATE fault_rule SET written = '{}'",
    """UPDATE fault_rule SET written = '{"provider": "nobody", "status": 503}'""",
    """UPDATE fault_rule SET written = '{"provider": "rcs", "error": "Nonsense"}'""",
    """UPDATE fault_rule SET written = '{"provider": "rcs", "status": 99999}'""",
    """UPDATE fault_rule SET written = '{"provider": "rcs", "status": 503, "headers": {"a b": "c"}}'""",
    """UPDATE fault_rule SET written = '{"provider": "rcs", "delay": -1}'""",
    "UPDATE outcome_rule SET provider = 'nobody'",
    "UPDATE outcome_rule SET outcome = 'nonsense'",
    "UPDATE outcome_rule SET channel = 'pigeon'",
    "UPDATE outcome_rule SET channel = 'viber'",
    "UPDATE sandbox_state SET webhook_timestamp = 'nobody'",
    "UPDATE altcraft_mailing SET kind = 'nonsense'",
    "UPDATE altcraft_points_transaction SET state = 'lost'",
    "UPDATE altcraft_subscription SET channel = 'pigeon'",
    "UPDATE autosend_campaign SET gradual_strategy = '3x'",
    "UPDATE autosend_suppression SET reason = 'WHIM'",
    "UPDATE rcs_short_domain SET status = 'nowhere'",
    "UPDATE rcs_otp_session SET status = 'nowhere'",
    "UPDATE webhook_disturbance SET action = 'explode'",
    "UPDATE webhook_disturbance SET provider = 'nobody'",
    "UPDATE webhook_target SET provider = 'nobody'",
    "UPDATE webhook_target SET events = 'no json'",
    "UPDATE webhook_target SET events = '{}'",
    "UPDATE webhook_target SET events = '[1]'",
    "UPDATE webhook_target SET events = 'null'",
    "UPDATE webhook_target SET events = x'5b5d'",
    "UPDATE webhook_target SET settings = '[]'",
    "UPDATE webhook_target SET is_active = 2",
    "UPDATE webhook_target SET is_active = 'yes'",
    "UPDATE webhook_delivery SET provider = 'nobody'",
    "UPDATE webhook_delivery SET state = 'lost'",
    "UPDATE webhook_delivery SET state = 'gathering', body = 'no json'",
    "UPDATE webhook_delivery SET state = 'gathering', body = '{}'",
    "UPDATE autosend_campaign SET to_lists = 'no json'",
    "UPDATE autosend_campaign SET to_lists = '{}'",
    "UPDATE autosend_campaign SET to_lists = '" + "[" * 100_000 + "'",
    "UPDATE autosend_campaign SET status = 'nowhere'",
    "UPDATE autosend_contact SET custom_fields = '[]'",
    "UPDATE altcraft_mailing SET start_schedule = '1'",
    "UPDATE rcs_account SET money = 'much'",
    "UPDATE status_count SET status = 'nowhere' WHERE now = (SELECT max(now) FROM status_count)",
    "UPDATE journal_entry SET at = 'x'",
    "INSERT INTO journal_dropped VALUES (1, 0)",
    "INSERT INTO journal_dropped VALUES (1, 9223372036854775807)",
    "INSERT INTO journal_dropped VALUES (2, 1)",
    "UPDATE journal_entry SET provider = 'nobody'",
    "UPDATE journal_entry SET number = 0 WHERE number = 1",
    "UPDATE journal_entry SET number = 9223372036854775807 WHERE number = 1",
    "UPDATE journal_entry SET request_body = 'text'",
    "UPDATE journal_entry SET faults = '{}'",
    "UPDATE journal_entry SET unread = '{}'",
    "PRAGMA user_version = 12",
    "CREATE TABLE mine (a)",
    "CREATE TRIGGER t AFTER INSERT ON message BEGIN DELETE FROM message; END",
    "CREATE VIEW v AS SELECT 1",
    "DROP TABLE message",
    "DROP INDEX message_place",
]


@pytest.fixture(scope="module")
def good(running: Emulator) -> bytes:
    running.reset()
    return image_of(used(running))


@pytest.mark.slow
@pytest.mark.parametrize("statement", WRONG)
def test_an_edited_snapshot_is_refused(
    emulator: Emulator, good: bytes, tmp_path: Path, statement: str
) -> None:
    answer = upload(emulator.http, edited(good, tmp_path, statement))
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert emulator.http.get("/_emulator/snapshots").json()["total"] == 0


PHONE = "must be 9 to 15 digits, of which the first is not 0"
SAID = [
    ("sandbox_state.seed = -7", "id 1", "must be at least 0"),
    ("job.pace = -1.5", "id …", "must be at least 1e-06"),
    ("job.total = 'x'", "id …", "must be a whole number"),
    ("job.channel = 'pigeon'", "id …", "must be …"),
    ("altcraft_mailing.kind = 'odd'", "id …", "must be broadcast, regular, trigger or splittest"),
    ("autosend_campaign.status = 'odd'", "id …", "must be draft, scheduled, … or aborted"),
    ("message.outcome = 'odd'", "id …", "must be …"),
    ("message.outcome = 'odd@7'", "id …", "must be …"),
    ("message.recipient = ''", "id …", "must have 1 or more characters"),
    ("message.recipient = 'x' WHERE channel = 'rcs'", "id …", PHONE),
    ("rcs_contact.phone = 'x' WHERE id = (SELECT max(id) FROM rcs_contact)", "id …", PHONE),
    ("altcraft_subscription.status = 7", "id …", "must be less than 7"),
    ("altcraft_segment_member.is_member = 2", "segment_id … and the profile_id '…'", "must be 0 or 1"),
    ("altcraft_virtual_sender.sms_rules = '[{}]'", "id …", "must have type at 0"),
    ("altcraft_mailing.content = '[{}]'", "id …", "must have message_id at 0"),
    ("altcraft_task.result = '[null]'", "id '…'", "must be an object of fields at 0"),
    ("altcraft_token.rights = 'null'", "number 0", "must not be null"),
    ("altcraft_data_query.parameters = '[{}]'", "id …", "must have name at 0"),
    ("autosend_inbound_mail.cc = '[{}]'", "id '…'", "must have email at 0"),
    ("autosend_inbound_mail.verdicts = '{}'", "id '…'", "must have spam"),
]
"""Edits of a column, and what is said of the first row and of what is allowed there."""


@pytest.mark.slow
@pytest.mark.parametrize(("edit", "row", "must"), SAID)
def test_the_refusal_of_an_edited_snapshot_tells_the_row_and_what_is_allowed(
    emulator: Emulator, good: bytes, tmp_path: Path, edit: str, row: str, must: str
) -> None:
    table, _, setting = edit.partition(".")
    column, value = setting.partition(" WHERE ")[0].split(" = ")
    answer = upload(emulator.http, edited(good, tmp_path, f"UPDATE {table} SET {setting}"))  # noqa: S608 -- the words above
    said = f"the file has {value.replace('@7', '')} as {table}.{column} in the row with the {row}: it {must}"
    pattern = ".+".join(map(re.escape, said.split("…")))
    assert re.fullmatch(pattern, answer.json()["detail"]), answer.json()["detail"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "statements",
    [
        [],
        ["VACUUM"],
        ["PRAGMA page_size = 4096", "VACUUM"],
        ["PRAGMA page_size = 512", "VACUUM"],
        ["PRAGMA page_size = 65536", "VACUUM"],
        ["PRAGMA auto_vacuum = 1", "PRAGMA page_size = 4096", "VACUUM"],
        ["PRAGMA journal_mode = WAL"],
    ],
)
@pytest.mark.parametrize("is_kept", [False, True])
def test_a_snapshot_that_another_tool_wrote_anew_is_taken(
    good: bytes, tmp_path: Path, statements: list[str], *, is_kept: bool
) -> None:
    settings = Settings(clock="frozen", data=tmp_path / "data" if is_kept else None)
    for _ in range(2 if is_kept else 1):
        with TestClient(create_app(settings), base_url=BASE_URL, raise_server_exceptions=False) as http:
            assert upload(http, edited(good, tmp_path, *statements)).status_code == 201
            assert http.post("/_emulator/snapshots/edited/restore").status_code == 200
            assert http.post("/_emulator/clock", json={"advance": "1h"}).status_code == 200
            assert http.post("/_emulator/snapshots", json={"name": "after"}).status_code == 201
            assert http.get("/_emulator/messages").json()["messages"]


@pytest.mark.slow
@pytest.mark.parametrize("statement", WRONG[::4])
def test_a_snapshot_that_was_edited_in_its_folder_is_refused_and_nothing_changes(
    running: Emulator, good: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    running.reset()
    box = running.sandbox("calm", clock="frozen")
    assert box.http.post("/v1/mails/send", json=MAIL, headers=box.autosend).status_code == 200
    before = contents(image_of(box), tmp_path)
    snapshots = running.world.snapshots
    changed = edited(good, tmp_path, statement)
    monkeypatch.setattr(snapshots, "content", lambda _: (len(changed), iter([changed])))
    answer = box.control("POST", "/snapshots/good/restore")
    assert answer.status_code == 422, answer.text
    monkeypatch.undo()
    assert contents(image_of(box), tmp_path) == before
    assert box.http.get("/v1/campaigns", headers=box.autosend).status_code == 200
    assert running.http.get("/_emulator/sandboxes").status_code == 200
    assert running.http.get("/_emulator/snapshots").status_code == 200


@pytest.mark.slow
def test_flipped_bytes_are_refused_or_do_no_harm(emulator: Emulator, good: bytes) -> None:
    for place in range(100, len(good), len(good) // 40):
        content = good[:place] + bytes(255 - byte for byte in good[place : place + 8]) + good[place + 8 :]
        answer = upload(emulator.http, content)
        assert answer.status_code in {201, 422}, answer.text
        if answer.status_code == 201:
            assert emulator.http.post("/_emulator/snapshots/edited/restore").status_code == 200
            for path in ("sandboxes", "messages", "snapshots", "jobs", "webhooks/targets", "requests"):
                assert emulator.http.get(f"/_emulator/{path}").status_code == 200


@pytest.mark.parametrize("length", [1, 16, 99, 100, 1023, 1024, 50_000, -1, -1024])
def test_a_snapshot_that_was_cut_off_is_refused_as_that(emulator: Emulator, good: bytes, length: int) -> None:
    content = good[:length]
    answer = upload(emulator.http, content)
    assert answer.status_code == 422
    whole = f"of its {len(good)} bytes" if len(content) >= 100 else "bytes"
    assert answer.json()["detail"] == (
        f"the file ends early: it has {len(content)} {whole}; copy or download it again, to its end"
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"Dear Sir or Madam, " * 100, "the file is no SQLite database"),
        (b"PK", "the file is no SQLite database"),
        (b"", "The body is empty: send the file of a snapshot."),
    ],
)
def test_what_is_no_database_is_refused_as_that(emulator: Emulator, content: bytes, says: str) -> None:
    answer = upload(emulator.http, content)
    assert (answer.status_code, answer.json()["detail"]) == (422, says)


def test_a_snapshot_that_something_follows_is_refused(emulator: Emulator, good: bytes) -> None:
    answer = upload(emulator.http, good + b"--boundary--")
    assert answer.status_code == 422
    assert answer.json()["detail"] == f"the file goes on after the {len(good)} bytes of its database"


@pytest.mark.slow
def test_texts_in_another_encoding_are_refused(emulator: Emulator, good: bytes, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "other.sqlite", isolation_level=None)
    other.execute("PRAGMA encoding = 'UTF-16'")
    (tmp_path / "good.sqlite").write_bytes(good)
    own = sqlite3.connect(tmp_path / "good.sqlite")
    for (statement,) in own.execute("SELECT sql FROM sqlite_master WHERE sql NOT LIKE '%sqlite_%'"):
        other.execute(statement)
    other.execute(f"PRAGMA user_version = {own.execute('PRAGMA user_version').fetchone()[0]}")
    other.close()
    own.close()
    answer = upload(emulator.http, (tmp_path / "other.sqlite").read_bytes())
    assert answer.status_code == 422
    assert "UTF-8" in answer.json()["detail"]
