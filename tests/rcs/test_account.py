"""The account of a fresh sandbox, and its contact book."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlmodel import select

from emulator.engine.engine import Engine, Turn
from emulator.rcs import account, credentials, rcs
from emulator.rcs.account.campaigns import CampaignFixture
from emulator.rcs.account.contacts import ListFixture
from emulator.rcs.recipients import add_to_contact_book
from emulator.rcs.tables.contacts import Contact
from emulator.sandbox.fixtures import FixtureError
from emulator.settings import shipped_fixtures
from emulator.storage.store import Store
from tests.rcs.conftest import Rcs

FIXTURE = shipped_fixtures() / "demo" / "rcs" / "account.yaml"
PAST = {"id": 1, "sender": "my_agent", "phones": ["380671112233"], "sent": "1h"}
TWICE = {"id": 1, "name": "Twice", "text": "{code2fa}, {code2fa}"}


@pytest.fixture
def turn() -> Iterator[Turn]:
    store = Store()
    store.create_tables()
    with store.transaction():
        yield Engine(store, rcs().events, seed=1).turn(1_773_585_000_000)
    store.close()


def test_recipients_enter_the_contact_book_once(turn: Turn) -> None:
    add_to_contact_book(turn, ["380671112233", "380671112234", "380671112233"])
    add_to_contact_book(turn, ["380671112234", "380671112235"])
    phones = turn.session.exec(select(Contact.phone).order_by(Contact.phone)).all()
    assert phones == ["380671112233", "380671112234", "380671112235"]


def test_the_live_key_comes_first(turn: Turn) -> None:
    account.load(turn, FIXTURE)
    names = [name for name, _ in credentials.grants(turn.session)]
    assert names == ["live_emulator000000000000", "test_emulator000000000000"]


@pytest.mark.parametrize(
    ("place", "value", "complaint"),
    [
        ("money", "a lot", "must be an amount of money"),
        ("money", 0.00000001, "must not have more than seven decimals"),
        ("tariffs", [{"code": 9, "name": "x", "default": True, "prices": []}], 'must have the prefix ""'),
        ("agents", [], "has a sender that is not there: emulator"),
        ("lists", [], "campaigns.7.lists.0: there is no 1860001 among the lists"),
        ("keys", [], "at least 1 item"),
        ("colour", "red", "colour: is not a field here"),
        ("money", -0.0000001, "money: is further below zero than the credit allows"),
        ("campaigns", [PAST | {"text": "x" * 161}], "campaigns.0.text: This value is too long"),
        ("two_factor", {"templates": [TWICE]}, "templates.0.text: must have {code2fa} only once"),
    ],
)
def test_a_wrong_fixture_says_what_is_wrong(
    turn: Turn, tmp_path: Path, place: str, value: object, complaint: str
) -> None:
    content = yaml.safe_load(FIXTURE.read_text("utf-8")) | {place: value}
    file = tmp_path / "account.yaml"
    file.write_text(yaml.safe_dump(content), "utf-8")
    with pytest.raises(FixtureError, match=r"account\.yaml") as error:
        account.load(turn, file)
    assert complaint in str(error.value)


@pytest.mark.parametrize(
    ("pattern", "count"), [("+380671{n}", 9), ("phone{n}", 9), ("380671112233{n}", 1000)]
)
def test_a_list_generates_phones_alone(pattern: str, count: int) -> None:
    made = {"id": 1, "name": "List", "generate": {"count": count, "pattern": pattern}}
    with pytest.raises(ValueError, match="the pattern must make phones"):
        ListFixture.model_validate(made)


@pytest.mark.parametrize("ids", [(1, 2), (2, 1)])
def test_the_name_of_a_deleted_template_is_free_whichever_comes_first(rcs: Rcs, ids: tuple[int, int]) -> None:
    kept = {"id": 1, "name": "Login", "text": "{code2fa}"}
    deleted = kept | {"id": 2, "status": "deleted"}
    templates = {"templates": [kept if number == 1 else deleted for number in ids]}
    seeded(rcs, two_factor=templates)


def seeded(rcs: Rcs, **changes: Any) -> dict[str, str]:
    """Make a sandbox of the demo set with other values in its file; return the headers that open it."""
    text = yaml.safe_dump(yaml.safe_load(FIXTURE.read_text("utf-8")) | changes)
    box = rcs.emulator.sandbox(clock="frozen")
    said = box.control("POST", "/seed", json={"fixtures": {"rcs": text}})
    assert said.status_code == 200, said.text
    opened: dict[str, str] = box.rcs
    return opened


TEXT = "{code2fa} is your code"


@pytest.mark.parametrize(
    ("part", "path", "body", "shown"),
    [
        ({"lists": [{"id": 1870001, "name": "Mine"}]}, "/groups", {"name": "News"}, "id"),
        (
            {"fields": [{"id": 387501, "name": "Size"}]},
            "/contacts/fields",
            {"name": "Shoe", "type": "text"},
            "id",
        ),
        (
            {"two_factor": {"templates": [{"id": 1001, "name": "Mine", "text": TEXT}]}},
            "/2fa/authentications/templates",
            {"name": "News", "text": TEXT},
            "template_id",
        ),
    ],
)
def test_ids_are_counted_on_from_those_of_the_file(
    rcs: Rcs, part: dict[str, Any], path: str, body: dict[str, str], shown: str
) -> None:
    bare: dict[str, Any] = {"campaigns": [], "statistic_jobs": []}
    answer = rcs.call("POST", path, body, headers=seeded(rcs, **(bare | part)))
    assert answer.is_success, answer.text
    (rows,) = part.values()
    (one,) = rows if isinstance(rows, list) else rows["templates"]
    assert answer.json()["data"][shown] == one["id"] + 1


def test_a_campaign_that_was_paused_and_stopped_has_been_both(rcs: Rcs) -> None:
    campaigns = yaml.safe_load(FIXTURE.read_text("utf-8"))["campaigns"]
    opened = seeded(
        rcs, campaigns=[one | ({"stopped": "30m"} if one["id"] == 6 else {}) for one in campaigns]
    )
    found = rcs.data("GET", "/campaigns/6", headers=opened)
    assert (found["status"], found["finished_at"]) == ("stopped", "2026-03-15 14:00:00")


def test_what_stands_in_for_a_message_is_never_replaced(rcs: Rcs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CampaignFixture, "contradictions", lambda _: iter(()))
    campaigns = yaml.safe_load(FIXTURE.read_text("utf-8"))["campaigns"]
    fallback = {"fallback": {"sender": "MyShop", "text": "Hello"}}
    opened = seeded(rcs, campaigns=[one | (fallback if one["id"] == 9 else {}) for one in campaigns])
    found = rcs.data("GET", "/messages", params={"filter[campaign_id]": 9}, headers=opened)
    assert [message["phone"] for message in found] == [380670000001, 380670000907, 380670000907]


def test_a_campaign_of_a_fixture_to_lists_has_the_values_of_contact_fields(rcs: Rcs) -> None:
    campaign = {"id": 1, "sender": "my_agent", "text": "Dear {387001}", "lists": [1860001], "sent": "1h"}
    fallback = {"fallback": {"sender": "MyShop", "text": "{387002} orders"}}
    opened = seeded(rcs, campaigns=[campaign | fallback], statistic_jobs=[])
    found = rcs.data("GET", "/messages", params={"filter[campaign_id]": 1}, headers=opened)
    assert [message["text"] for message in found] == ["Dear Ann", "Dear Jack", "Dear ", " orders"]


def test_the_past_of_an_account_without_money_has_been(rcs: Rcs) -> None:
    opened = seeded(rcs, money=0)
    found = rcs.data("GET", "/campaigns", headers=opened)
    assert [one["status"] for one in found if one["id"] in {2, 3, 9}] == ["done", "done", "done"]
    assert rcs.data("GET", "/accounts/balance", headers=opened)["balance"] == 0


def test_a_campaign_of_a_fixture_has_unsubscribe_links_of_each_recipient(rcs: Rcs) -> None:
    campaign = {"id": 1, "sender": "my_agent", "text": "Stop: http://nosms.cc/XXXX", "lists": [1860001]}
    fallback = {"fallback": {"sender": "MyShop", "text": "Stop: http://nosms.cc/XXXX"}}
    opened = seeded(rcs, campaigns=[campaign | fallback | {"sent": "1h"}], statistic_jobs=[])
    found = rcs.data("GET", "/messages", params={"filter[campaign_id]": 1}, headers=opened)
    links = {message["text"] for message in found}
    assert len(links - {campaign["text"]}) == 4


def test_every_click_of_a_fixture_is_that_of_another_visitor(rcs: Rcs) -> None:
    [domain, *_] = yaml.safe_load(FIXTURE.read_text("utf-8"))["short_domains"]
    opened = seeded(rcs, short_domains=[domain | {"links": [domain["links"][0] | {"clicks": 1000}]}])
    days = {"from": "2026-03-01", "to": "2026-03-31"}
    [link] = rcs.data("GET", "/short-url/links", params=days, headers=opened)
    assert (link["count_clicks"], link["count_unique_clicks"]) == (1000, 1000)
