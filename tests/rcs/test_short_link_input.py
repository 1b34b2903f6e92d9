"""Invalid requests and fixtures about short links: they are refused, and change nothing."""

from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from emulator.app import create_app
from emulator.sandbox.fixtures import FixtureError
from emulator.settings import Settings, shipped_fixtures
from tests.rcs.conftest import INVALID, Rcs
from tests.rcs.short_links import DAYS, NUMERIC, SALE, SYSTEM

BLANK, TEXT = "This value should not be blank.", "This value should be of type string."
CHOICE, NO_URL = "The value you selected is not a valid choice.", "This value is not a valid URL."
WRONG, INTEGER = "This value is not valid.", "This value should be of type integer."
LONG = "https://a.example/" + "x" * 2031
NO_URLS = [
    "http://[::1",
    "http://:80/",
    "https://x.example:99999/",
    "https://x..example/",
    "https://пример..укр/",
    f"https://{'x' * 64}.example/",
    "https://x.example/\0",
    "https://x.example/\x7f",
    "https://x.example/\u2028",
]
TOO_LONG = "This value is too long. It should have {} characters or less."


def state(rcs: Rcs) -> Any:
    """Return the links and the domains."""
    return [rcs.call("GET", f"/short-url/{what}", params=DAYS).json() for what in ("links", "domains")]


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("domain_id", 5, WRONG),
        ("domain_id", [SYSTEM], WRONG),
        ("domain_id", None, BLANK),
        ("link", 5, TEXT),
        ("link", {}, TEXT),
        ("link", "", BLANK),
        ("link", "ftp://a.example", NO_URL),
        *(("link", url, NO_URL) for url in NO_URLS),
        ("link", LONG, TOO_LONG.format(2048)),
    ],
)
def test_wrong_links(rcs: Rcs, field: str, value: Any, text: str) -> None:
    before = state(rcs)
    body = {"domain_id": SYSTEM, "link": "https://a.example"} | {field: value}
    assert rcs.wrong("/short-url/links", body) == {field: [text]}
    assert state(rcs) == before


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("name", 5, TEXT),
        ("name", "", BLANK),
        ("name", "x" * 51, TOO_LONG.format(50)),
        ("slug", True, TEXT),
        ("slug", "", BLANK),
        ("slug", "x" * 26, TOO_LONG.format(25)),
        ("slug", "a/b", WRONG),
        ("slug", "\0", WRONG),
        ("slug", "ß", WRONG),
        ("slug", "a\n", WRONG),
        ("original_link", [], TEXT),
        *(("original_link", url, NO_URL) for url in ("shop", *NO_URLS)),
        ("original_link", LONG, TOO_LONG.format(2048)),
    ],
)
def test_wrong_changes_of_a_link(rcs: Rcs, field: str, value: Any, text: str) -> None:
    before = state(rcs)
    body = {"name": "New", "slug": "new", "original_link": "https://a.example"} | {field: value}
    refusal = rcs.refused("PUT", f"/short-url/links/{SALE}", body)
    assert refusal == (422, INVALID, {field: [text]})
    assert state(rcs) == before


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("name", 5, TEXT),
        ("name", "", BLANK),
        ("name", "x" * 17 + ".com", TOO_LONG.format(20)),
        ("slug_type", "Random", CHOICE),
        ("slug_type", 1, CHOICE),
        ("not_found_page", 5, TEXT),
        *(("not_found_page", url, NO_URL) for url in ("404", *NO_URLS)),
    ],
)
def test_wrong_domains(rcs: Rcs, field: str, value: Any, text: str) -> None:
    before = state(rcs)
    body = {"name": "mine.example", "slug_type": "random"} | {field: value}
    assert rcs.wrong("/short-url/domains", body) == {field: [text]}
    assert state(rcs) == before


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("slug_type", "x", CHOICE),
        ("slug_type", {}, CHOICE),
        ("not_found_page", "404", NO_URL),
        ("not_found_page", [], TEXT),
        ("is_default", [], "This value should be of type boolean."),
        ("is_default", "maybe", "This value should be of type boolean."),
    ],
)
def test_wrong_changes_of_a_domain(rcs: Rcs, field: str, value: Any, text: str) -> None:
    before = state(rcs)
    body = {"slug_type": "random", "is_default": True} | {field: value}
    refusal = rcs.refused("PUT", f"/short-url/domains/{NUMERIC}", body)
    assert refusal == (422, INVALID, {field: [text]})
    assert state(rcs) == before


@pytest.mark.parametrize("path", ["links", "domains"])
@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 422), (b"[]", 422), (b"null", 422), (b"{", 400), (b'{"name":"\\ud800"}', 400)],
)
def test_bodies_that_are_no_objects(rcs: Rcs, path: str, content: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    answer = rcs.call("POST", f"/short-url/{path}", headers=headers, content=content)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("what", "name", "value", "text"),
    [
        ("links", "page", "x", INTEGER),
        ("links", "page", "9" * 30, "This value should be less than or equal to 1000000."),
        ("links", "per_page", "0", CHOICE),
        ("links", "from", "2026-02-30", "This value is not a valid datetime."),
        ("clicks", "campaign", "x", INTEGER),
        ("clicks", "campaign", "0", "This value should be greater than or equal to 1."),
        ("clicks", "to", "\0", "This value is not a valid datetime."),
    ],
)
def test_wrong_queries(rcs: Rcs, what: str, name: str, value: str, text: str) -> None:
    refusal = rcs.refused("GET", f"/short-url/{what}", params=DAYS | {name: value})
    assert refusal == (422, INVALID, {name: [text]})


def test_from_after_to_finds_nothing(rcs: Rcs) -> None:
    params = {"from": "2026-03-31", "to": "2026-03-01"}
    for what in ("links", "clicks", "domains"):
        assert rcs.call("GET", f"/short-url/{what}", params=params).json() == {"data": [], "total": 0}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("links", {"domain_id": SYSTEM, "link": "https://a.example"}),
        ("domains", {"name": "mine.example", "slug_type": "random"}),
    ],
)
def test_repeated_requests(rcs: Rcs, path: str, body: Any) -> None:
    assert rcs.call("POST", f"/short-url/{path}", body).status_code == 201
    again = rcs.call("POST", f"/short-url/{path}", body)
    assert (again.status_code, again.json()) == (429, {"message": "Too many duplicate request detected"})


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("link", "shop", NO_URL),
        ("link", 5, TEXT),
        ("placeholder", "", BLANK),
        ("placeholder", "x" * 256, TOO_LONG.format(255)),
        ("domain_ids", SYSTEM, "This value should be of type array."),
        ("change_domain_after", 0, "This value should be greater than or equal to 1."),
        ("change_domain_after", 1.5, INTEGER),
        ("protocol", "perhaps", "This value should be of type boolean."),
    ],
)
def test_wrong_links_of_an_sms(rcs: Rcs, field: str, value: Any, text: str) -> None:
    entry = {"link": "https://a.example", "placeholder": "LINK", "domain_ids": [SYSTEM]} | {field: value}
    body = {"phones": [{"number": 380671112233}], "sender": "MyShop", "text": "LINK", "short_links": [entry]}
    assert rcs.wrong("/campaigns/sms/send", body) == {f"short_links0{field}": [text]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: go.example", "name: Go.Example"),
        ("name: go.example", "name: s.example"),
        ("slug: sale", "slug: 8IF68O"),
        ("slug: sale", "slug: a b"),
        ("https://shop.example.com/sale", "javascript:alert(1)"),
        ("https://shop.example.com/sale", "https://shop.example.com:99999/"),
        ("slug_type: numeric", "default: true"),
    ],
)
def test_fixtures_that_can_not_be(tmp_path: Path, old: str, new: str) -> None:
    folder = copytree(shipped_fixtures() / "demo", tmp_path / "demo")
    file = folder / "rcs" / "account.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(FixtureError, match=r"rcs/account\.yaml:\d+: "):
        create_app(Settings(clock="frozen", fixtures=str(folder)))
