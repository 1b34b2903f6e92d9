"""How short links find their sandbox, and which requests may follow them."""

from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from emulator.app import create_app
from emulator.settings import Settings
from tests.conftest import BASE_URL, Sandbox
from tests.rcs.conftest import Rcs
from tests.rcs.short_links import NUMERIC, PHONE, SYSTEM, make

TARGET = "https://shop.example.com/mine"


def made_in(box: Sandbox, domain: str = SYSTEM) -> str:
    """Create a short link in a sandbox; return its domain and slug."""
    body = {"domain_id": domain, "link": TARGET}
    answer = box.http.post("/api/short-url/links", json=body, headers=box.rcs)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["short_link"]).removeprefix("http://")


def get(http: httpx2.Client, path: str, **headers: str) -> tuple[int, str | None]:
    answer = http.get(path, headers=headers, follow_redirects=False)
    return answer.status_code, answer.headers.get("location")


def clicks_of(box: Sandbox) -> int:
    params = {"from": "2026-03-01", "to": "2026-03-31"}
    return int(box.http.get("/api/short-url/clicks", params=params, headers=box.rcs).json()["total"])


@pytest.mark.parametrize("seed", [2, 77, None])
def test_a_link_finds_its_sandbox(rcs: Rcs, seed: int | None) -> None:
    make(rcs)
    before, box = rcs.emulator.sandbox("before", seed=None), rcs.emulator.sandbox("mine", seed=seed)
    made_in(before)
    assert get(rcs.emulator.http, f"/_emulator/s/{made_in(box)}") == (302, TARGET)
    assert (clicks_of(before), clicks_of(box)) == (3, 4)


def test_links_whose_sandbox_is_unclear_are_those_of_the_default_one(rcs: Rcs) -> None:
    box = rcs.emulator.sandbox("mine", seed=None)
    place = made_in(box, NUMERIC)
    assert get(rcs.emulator.http, f"/_emulator/s/{place}") == (302, "https://shop.example.com/404")
    assert get(rcs.emulator.http, f"/_emulator/s/{place}?sandbox=mine") == (302, TARGET)
    assert get(rcs.emulator.http, "/_emulator/s/s.example/8IF68O?sandbox=mine")[0] == 302
    assert (clicks_of(box), len(rcs.emulator.query("SELECT id FROM rcs_short_click"))) == (5, 3)


def test_an_unsubscribe_link_finds_its_sandbox(rcs: Rcs) -> None:
    box = rcs.emulator.sandbox("mine", seed=None)
    body = {
        "phone": {"number": str(PHONE)},
        "sender": "my_agent",
        "options": {"text": "http://nosms.cc/XXXX"},
    }
    sent = rcs.emulator.http.post("/api/messages/rcs/send", json=body, headers=box.rcs).json()["data"]
    params = {"filter[id]": sent["id"]}
    [message] = rcs.emulator.http.get("/api/messages", params=params, headers=box.rcs).json()["data"]
    link = message["text"].removeprefix("http://")
    assert rcs.emulator.http.get(f"/_emulator/s/{link}").status_code == 200
    found = rcs.emulator.http.get("/api/stoplist", headers=box.rcs).json()
    assert PHONE in [entry["phone"] for entry in found["data"]]


@pytest.mark.parametrize("query", ["", "?sandbox=default", "?sandbox=other"])
def test_an_unknown_link_of_a_known_domain(rcs: Rcs, query: str) -> None:
    rcs.emulator.sandbox("other")
    answer = rcs.emulator.http.get(f"/_emulator/s/s.example/nothing{query}")
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


@pytest.mark.parametrize(
    "place",
    [
        "shop.example/sale",
        "s.example/sale?sandbox=none",
        "%00/x",
        "s.example/%F0%9F%98%80",
        "s.example/a%2Fb",
    ],
)
def test_what_leads_nowhere(rcs: Rcs, place: str) -> None:
    answer = rcs.emulator.http.get(f"/_emulator/s/{place}")
    assert answer.status_code == 404
    assert "default" not in answer.text


@pytest.mark.slow
def test_recipients_need_no_token_and_come_from_other_pages() -> None:
    headers: Any = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
    app = create_app(Settings(clock="frozen", control_token="secret-token"))
    with TestClient(app, base_url=BASE_URL) as http:
        assert http.get("/_emulator/messages").status_code == 401
        found = get(http, "/_emulator/s/s.example/sale", **headers)
    assert found == (302, "https://shop.example.com/sale")


@pytest.mark.parametrize("host", ["s.example", "S.Example:8080"])
def test_a_short_domain_can_be_the_host(rcs: Rcs, host: str) -> None:
    http = rcs.emulator.http
    assert get(http, "/sale", Host=host) == (302, "https://shop.example.com/sale")
    assert get(http, "/nothing", Host=host) == (404, None)
    assert get(http, "/x", Host="go.example") == (302, "https://shop.example.com/404")
    assert http.head("/sale", headers={"Host": host}, follow_redirects=False).status_code == 302
    assert len(rcs.emulator.query("SELECT id FROM rcs_short_click")) == 5


def test_the_link_of_another_sandbox_by_its_host(rcs: Rcs) -> None:
    box = rcs.emulator.sandbox("mine", seed=None)
    body = {"name": "mine.example", "slug_type": "random"}
    made = box.http.post("/api/short-url/domains", json=body, headers=box.rcs).json()["data"]
    box.advance("1m")
    host, slug = made_in(box, made["id"]).split("/")
    assert get(rcs.emulator.http, f"/{slug}", Host=host) == (302, TARGET)


@pytest.mark.parametrize(
    ("method", "host", "path"),
    [
        ("GET", "evil.example", "/sale"),
        ("POST", "s.example", "/sale"),
        ("GET", "s.example", "/docs"),
        ("GET", "s.example", "/"),
        ("GET", "s.example", "/_emulator/clock"),
        ("GET", "s.example", "/api/messages"),
        ("GET", "s.example", "/v1/x"),
        ("GET", "s.example", "/sale/x"),
        ("GET", "a,s.example", "/sale"),
    ],
)
def test_nothing_but_links_is_at_a_short_domain(rcs: Rcs, method: str, host: str, path: str) -> None:
    assert rcs.emulator.http.request(method, path, headers={"Host": host}).status_code == 403


def test_a_host_that_is_let_in_keeps_its_pages(rcs: Rcs) -> None:
    rcs.emulator.query("UPDATE rcs_short_domain SET name = 'shop.localhost' WHERE name = 's.example'")
    http = rcs.emulator.http
    assert get(http, "/docs", Host="shop.localhost")[0] == 200
    assert get(http, "/sale", Host="shop.localhost")[0] == 302
