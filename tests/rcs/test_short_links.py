"""Short links, clicks and domains: github.com/bsgworld/go-sdk v2/api/openapi.yaml (short-url)."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs
from tests.rcs.short_links import (
    BROWSER,
    DAYS,
    GIFT,
    NUMERIC,
    OWN,
    PHONE,
    SALE,
    SYSTEM,
    UNKNOWN,
    follow,
    listed,
    make,
    sms,
)


def test_a_link_is_followed_and_its_clicks_are_counted(rcs: Rcs) -> None:
    link = make(rcs)
    assert link["short_link"] == f"http://s.example/{link['slug']}"
    assert len(link["slug"]) == 6
    assert follow(rcs, link["short_link"]) == (302, "https://shop.example.com/new")
    rcs.advance("1m")
    follow(rcs, link["short_link"])
    follow(rcs, link["short_link"], **{"User-Agent": "Googlebot/2.1"})
    [found] = [one for one in listed(rcs) if one["id"] == link["id"]]
    assert [found[f"count_{kind}"] for kind in ("clicks", "human_clicks", "unique_clicks")] == [3, 2, 2]


def test_what_is_known_of_a_click(rcs: Rcs) -> None:
    link = make(rcs)
    follow(rcs, link["short_link"], Referer="https://mail.example/inbox")
    newest = listed(rcs, "clicks")[0]
    assert newest == {
        "id": newest["id"],
        "browser_language": "uk",
        "country_code": None,
        "is_human": True,
        "is_unique": True,
        "http_status": 200,
        "http_method": "get",
        "created_at": "2026-03-15 14:30:00",
        "user_agent": BROWSER["User-Agent"],
        "client_ip": "127.0.0.1",
        "browser": "Firefox",
        "referrer_url": "https://mail.example/inbox",
        "city": None,
        "social_network": None,
        "device_os": "Linux",
        "short_link": link["short_link"],
        "original_link": "https://shop.example.com/new",
        "message_id": None,
        "phone_number": None,
    }


@pytest.mark.parametrize(
    "agent", ["curl/8.1", "Wget/1", "python-httpx/1", "Go-http-client/2", "My Spider", ""]
)
def test_who_is_no_human(rcs: Rcs, agent: str) -> None:
    link = make(rcs)
    follow(rcs, link["short_link"], **{"User-Agent": agent})
    assert listed(rcs, "clicks")[0]["is_human"] is False


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("https://пример.укр/", "https://xn--e1afmkfd.xn--j1amh/"),
        (
            "https://пример.укр:8443/é?ключ=ü#Überall",
            "https://xn--e1afmkfd.xn--j1amh:8443/%C3%A9?%D0%BA%D0%BB%D1%8E%D1%87=%C3%BC#%C3%9Cberall",
        ),
        ("https://анна:й@пример.укр/", "https://%D0%B0%D0%BD%D0%BD%D0%B0:%D0%B9@xn--e1afmkfd.xn--j1amh/"),
        ("https://shop.example.com/%C3%A9;a=1?b=%20#c", "https://shop.example.com/%C3%A9;a=1?b=%20#c"),
    ],
)
def test_a_redirect_names_its_target_so_that_clients_find_it(rcs: Rcs, target: str, location: str) -> None:
    assert follow(rcs, make(rcs, target)["short_link"]) == (302, location)


def test_the_page_of_what_is_not_found_is_named_so_too(rcs: Rcs) -> None:
    rcs.data("PUT", f"/short-url/domains/{SYSTEM}", {"not_found_page": "https://пример.укр/"})
    assert follow(rcs, "http://s.example/nothing") == (302, "https://xn--e1afmkfd.xn--j1amh/")


def test_statistics_tell_the_first_click(rcs: Rcs) -> None:
    link = make(rcs)
    path = f"/short-url/links/{link['id']}/statistics"
    nothing = rcs.data("GET", path)
    assert (nothing["count_clicks"], nothing["click_date"], nothing["click_id"]) == (0, None, None)
    follow(rcs, link["short_link"])
    rcs.advance("1h")
    follow(rcs, link["short_link"])
    found = rcs.data("GET", path)
    assert (found["count_clicks"], found["click_date"], found["is_human"]) == (2, "2026-03-15 00:00:00", True)


def test_a_link_is_changed(rcs: Rcs) -> None:
    body = {"name": "July", "slug": "july_1", "original_link": "https://shop.example.com/july"}
    changed = rcs.data("PUT", f"/short-url/links/{SALE}", body)
    assert (changed["name"], changed["short_link"]) == ("July", "http://s.example/july_1")
    assert follow(rcs, "http://s.example/july_1") == (302, "https://shop.example.com/july")
    assert follow(rcs, "http://s.example/sale")[0] == 404
    assert rcs.data("PUT", f"/short-url/links/{SALE}", {"name": None})["name"] is None


def test_a_slug_is_used_once_on_a_domain(rcs: Rcs) -> None:
    answer = rcs.call("PUT", f"/short-url/links/{SALE}", {"slug": "8IF68O"})
    assert (answer.status_code, answer.json()) == (422, {"message": "The short link already exists"})


@pytest.mark.parametrize("path", ["", "/statistics"])
def test_a_target_that_does_not_pass_moderation(rcs: Rcs, path: str) -> None:
    link = make(rcs, "https://shop.example.com/Reject")
    assert link["status"] == "blocked"
    assert follow(rcs, link["short_link"])[0] == 404
    changed = rcs.data("PUT", f"/short-url/links/{SALE}", {"original_link": "https://reject.example/"})
    assert changed["status"] == "blocked"


def test_a_deleted_link_stops_and_goes_after_three_days(rcs: Rcs) -> None:
    assert rcs.call("DELETE", f"/short-url/links/{SALE}").status_code == 204
    assert follow(rcs, "http://s.example/sale")[0] == 404
    [deleted] = [link for link in listed(rcs) if link["id"] == SALE]
    assert (deleted["status"], deleted["can_restore"], deleted["init_deleted_at"]) == (
        "deleted",
        True,
        "2026-03-15 14:30:00",
    )
    rcs.advance("3d")
    assert SALE not in [link["id"] for link in listed(rcs)]
    assert rcs.call("PUT", f"/short-url/links/{SALE}", {"name": "x"}).json() == {
        "message": "Short link not found"
    }


def test_a_link_is_deleted_twice_to_be_gone(rcs: Rcs) -> None:
    for status in (204, 204, 422):
        assert rcs.call("DELETE", f"/short-url/links/{SALE}").status_code == status


@pytest.mark.parametrize(("method", "body"), [("PUT", {"name": "x"}), ("DELETE", None)])
@pytest.mark.parametrize("number", [UNKNOWN, "x"])
def test_an_unknown_link(rcs: Rcs, method: str, body: Any, number: str) -> None:
    answer = rcs.call(method, f"/short-url/links/{number}", body)
    assert (answer.status_code, answer.json()) == (422, {"message": "Short link not found"})
    statistics = rcs.call("GET", f"/short-url/links/{number}/statistics")
    assert (statistics.status_code, statistics.json()) == (404, {"message": "Not Found"})


@pytest.mark.parametrize("domain", [UNKNOWN, OWN])
def test_links_are_made_on_active_domains(rcs: Rcs, domain: str) -> None:
    refusal = (422, {"message": "Domain not found"})
    answer = rcs.call("POST", "/short-url/links", {"domain_id": domain, "link": "https://a.example"})
    assert (answer.status_code, answer.json()) == refusal
    entry = {"link": "https://a.example", "placeholder": "LINK", "domain_ids": [SYSTEM, domain]}
    body = {"phones": [{"number": PHONE}], "sender": "MyShop", "text": "LINK", "short_links": [entry]}
    answer = rcs.call("POST", "/campaigns/sms/send", body)
    assert (answer.status_code, answer.json()) == refusal


def test_each_recipient_of_an_sms_has_a_link_of_their_own(rcs: Rcs) -> None:
    campaign, texts = sms(rcs, PHONE, PHONE + 1, text="See LINK, LINK!")
    assert len(set(texts)) == 2
    short_link = texts[0].removeprefix("See ").partition(",")[0]
    assert texts[0] == f"See {short_link}, {short_link}!"
    assert short_link.startswith("https://s.example/")
    assert follow(rcs, short_link) == (302, "https://shop.example.com/x")
    [click] = listed(rcs, "clicks", campaign=campaign["id"])
    [message, _] = rcs.messages(campaign_id=campaign["id"])
    assert (click["message_id"], click["phone_number"]) == (message["id"], PHONE)
    [link] = [one for one in listed(rcs) if one["message_id"] == message["id"]]
    assert link["campaign_id"] == campaign["id"]
    statistics = rcs.data("GET", f"/short-url/links/{link['id']}/statistics")
    assert (statistics["phone"], statistics["campaign_id"]) == (PHONE, campaign["id"])


def test_a_test_finds_the_link_in_the_message(rcs: Rcs) -> None:
    campaign, _ = sms(rcs)
    [message] = rcs.messages(campaign_id=campaign["id"])
    shown = rcs.emulator.http.get(f"/_emulator/messages/{message['id']}").json()
    assert shown["links"] == [message["text"].removeprefix("See ")]


def test_domains_take_turns(rcs: Rcs) -> None:
    phones = [PHONE + number for number in range(5)]
    _, texts = sms(rcs, *phones, domain_ids=[SYSTEM, NUMERIC], change_domain_after=2, protocol=False)
    domains = [text.removeprefix("See ").partition("/")[0] for text in texts]
    assert domains == ["s.example", "s.example", "go.example", "go.example", "s.example"]
    assert texts[2].partition("/")[2].isdecimal()


def test_a_text_without_the_placeholder_has_no_link(rcs: Rcs) -> None:
    _, texts = sms(rcs, text="See nothing")
    assert texts == ["See nothing"]


def test_parts_and_price_are_counted_with_the_links(rcs: Rcs) -> None:
    campaign, [text] = sms(rcs, text="x" * 150 + "LINK")
    assert len(text) > 160
    assert campaign["calculated_price"] == 0.1


def test_nobody_on_the_stop_list_has_a_link(rcs: Rcs) -> None:
    campaign, texts = sms(rcs, 380670000092, PHONE)
    assert len(texts) == 1
    rcs.advance("1m")
    [link] = [one for one in listed(rcs) if one["campaign_id"] == campaign["id"]]
    [message] = rcs.messages(campaign_id=campaign["id"])
    assert link["message_id"] == message["id"]


def test_a_single_message_has_a_link_too(rcs: Rcs) -> None:
    entry = {"link": "https://shop.example.com/x", "placeholder": "LINK", "domain_ids": [SYSTEM]}
    part = {"sender": "MyShop", "text": "LINK", "short_links": [entry]}
    body = {"channels": ["sms"], "phone": {"number": str(PHONE)}, "sms": part}
    number = rcs.data("POST", "/messages/send", body)["id"]
    [message] = rcs.messages(id=number)
    assert follow(rcs, message["text"]) == (302, "https://shop.example.com/x")


def test_domains_are_listed(rcs: Rcs) -> None:
    found = {domain["name"]: domain["status"] for domain in listed(rcs, "domains")}
    assert found == {"s.example": "active", "go.example": "active", "short.example.org": "inactive"}
    assert "slug_type" not in listed(rcs, "domains")[0]


def test_a_domain_of_ones_own_becomes_active(rcs: Rcs) -> None:
    made = rcs.call("POST", "/short-url/domains", {"name": "Mine.Example", "slug_type": "from_original"})
    assert made.status_code == 201
    domain = made.json()["data"]
    assert (domain["status"], domain["record_type"], domain["hostname"], domain["cname"]) == (
        "inactive",
        "CNAME",
        "mine.example",
        "s.example",
    )
    rcs.advance("1m")
    assert rcs.data("GET", f"/short-url/domains/{domain['id']}")["status"] == "active"
    slugs = {make(rcs, "https://shop.example.com/new", domain["id"])["slug"]}
    rcs.advance("11s")
    slugs.add(make(rcs, "https://shop.example.com/new", domain["id"])["slug"])
    assert len(slugs) == 2
    assert all(slug.startswith("shopexamplecomnew") for slug in slugs)


def test_a_domain_that_stays_inactive(rcs: Rcs) -> None:
    body = {"name": "reject.example", "slug_type": "random"}
    number = rcs.call("POST", "/short-url/domains", body).json()["data"]["id"]
    rcs.advance("1h")
    assert rcs.data("GET", f"/short-url/domains/{number}")["status"] == "inactive"


@pytest.mark.parametrize("name", ["s.example", "S.EXAMPLE", "no host", "example", "-x.example"])
def test_a_name_that_is_taken_or_none(rcs: Rcs, name: str) -> None:
    answer = rcs.call("POST", "/short-url/domains", {"name": name, "slug_type": "random"})
    assert (answer.status_code, answer.json()) == (422, {"message": "Invalid domain name"})


def test_there_are_five_domains_of_ones_own(rcs: Rcs) -> None:
    for number in range(4):
        body = {"name": f"mine{number}.example", "slug_type": "random"}
        assert rcs.call("POST", "/short-url/domains", body).status_code == 201
    answer = rcs.call("POST", "/short-url/domains", {"name": "mine5.example", "slug_type": "random"})
    assert answer.json() == {"message": "short-link.exceptions.domain_exceeded_allowed_limit"}


def test_a_domain_is_changed(rcs: Rcs) -> None:
    body = {"slug_type": "random", "is_default": True, "not_found_page": "https://shop.example.com/gone"}
    changed = rcs.data("PUT", f"/short-url/domains/{NUMERIC}", body)
    assert (changed["slug_type"], changed["is_default"]) == ("random", True)
    assert follow(rcs, "http://go.example/nothing") == (302, "https://shop.example.com/gone")
    found = {domain["name"]: domain["is_default"] for domain in listed(rcs, "domains")}
    assert found["s.example"] is False
    changed = rcs.data("PUT", f"/short-url/domains/{NUMERIC}", {"is_default": False})
    assert (changed["is_default"], changed["not_found_page"]) == (True, "https://shop.example.com/gone")


def test_links_of_a_deleted_domain_stop(rcs: Rcs) -> None:
    assert rcs.call("DELETE", f"/short-url/domains/{SYSTEM}").status_code == 204
    assert follow(rcs, "http://s.example/sale")[0] == 404
    found = rcs.data("GET", f"/short-url/domains/{SYSTEM}")
    assert (found["status"], found["can_restore"], found["is_default"]) == ("deleted", True, False)
    assert rcs.data("GET", f"/short-url/domains/{NUMERIC}")["is_default"] is True
    assert rcs.call("DELETE", f"/short-url/domains/{SYSTEM}").status_code == 204
    assert rcs.call("GET", f"/short-url/domains/{SYSTEM}").json() == {"message": "Domain not found"}


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PUT", {}), ("DELETE", None)])
@pytest.mark.parametrize("number", [UNKNOWN, "x"])
def test_an_unknown_domain(rcs: Rcs, method: str, body: Any, number: str) -> None:
    answer = rcs.call(method, f"/short-url/domains/{number}", body)
    assert (answer.status_code, answer.json()) == (422, {"message": "Domain not found"})


def test_pages_and_days(rcs: Rcs) -> None:
    for number in range(11):
        make(rcs, f"https://shop.example.com/{number}")
    answer = rcs.call("GET", "/short-url/links", params=DAYS | {"page": 2, "per_page": 10}).json()
    assert (len(answer["data"]), answer["total"]) == (3, 13)
    assert listed(rcs, **{"from": "2026-03-16"}) == []
    assert [link["id"] for link in listed(rcs, to="2026-03-14 10:00:00")] == [GIFT]


CHOICE, BLANK = ["The value you selected is not a valid choice."], ["This value should not be blank."]


@pytest.mark.parametrize("what", ["links", "clicks", "domains"])
@pytest.mark.parametrize(
    ("params", "errors"),
    [
        ({"to": "2026-03-15"}, {"from": BLANK}),
        (DAYS | {"per_page": 30}, {"per_page": CHOICE}),
        (DAYS | {"page": 0}, {"page": ["This value should be greater than or equal to 1."]}),
        (DAYS | {"from": "May"}, {"from": ["This value is not a valid datetime."]}),
    ],
)
def test_a_wrong_list(rcs: Rcs, what: str, params: Any, errors: Any) -> None:
    assert rcs.refused("GET", f"/short-url/{what}", params=params)[2] == errors


@pytest.mark.parametrize(
    ("path", "body", "errors"),
    [
        (
            "links",
            {"domain_id": "x", "link": "https://a.example"},
            {"domain_id": ["This value is not valid."]},
        ),
        ("links", {"domain_id": SYSTEM, "link": "shop"}, {"link": ["This value is not a valid URL."]}),
        ("links", {"domain_id": SYSTEM}, {"link": BLANK}),
        ("domains", {"name": "mine.example"}, {"slug_type": BLANK}),
        ("domains", {"name": "mine.example", "slug_type": "x"}, {"slug_type": CHOICE}),
    ],
)
def test_what_is_wrong(rcs: Rcs, path: str, body: Any, errors: Any) -> None:
    assert rcs.wrong(f"/short-url/{path}", body) == errors


def test_a_slug_has_letters_and_digits(rcs: Rcs) -> None:
    refusal = rcs.refused("PUT", f"/short-url/links/{SALE}", {"slug": "a b"})
    assert refusal[2] == {"slug": ["This value is not valid."]}


def links_of(rcs: Rcs, campaign: Any, place: int = 0) -> list[str]:
    """Return the links in a message of a campaign, as the view of messages shows them."""
    number = rcs.messages(campaign_id=campaign["id"])[place]["id"]
    found: list[str] = rcs.emulator.http.get(f"/_emulator/messages/{number}").json()["links"]
    return found


@pytest.mark.parametrize(("protocol", "scheme"), [(True, "https://"), (False, "http://")])
@pytest.mark.parametrize("text", ["LINK", "See LINK.", "(LINK), today", "Link:LINK"])
def test_the_link_in_a_message_is_found_with_or_without_its_scheme(
    rcs: Rcs, text: str, scheme: str, *, protocol: bool
) -> None:
    campaign, [said] = sms(rcs, text=text, protocol=protocol)
    [link] = links_of(rcs, campaign)
    assert link.startswith(f"{scheme}s.example/")
    assert link.partition("://")[2] in said
    assert follow(rcs, link) == (302, "https://shop.example.com/x")


def test_a_link_that_a_client_wrote_without_its_scheme_is_found(rcs: Rcs) -> None:
    campaign, _ = sms(rcs, text="s.example/8IF68O or news.s.example/8IF68O or x.example/8IF68O or 1/2")
    assert links_of(rcs, campaign) == ["http://s.example/8IF68O"]


def test_the_links_in_what_stands_in_are_found(rcs: Rcs) -> None:
    entry = {
        "link": "https://shop.example.com/x",
        "placeholder": "LINK",
        "domain_ids": [SYSTEM],
        "protocol": False,
    }
    body = {
        "channels": ["rcs", "sms"],
        "recipients": {"phones": [{"number": "380671112903"}]},
        "rcs": {"sender": "my_agent", "text": "Hello"},
        "sms": {"sender": "MyShop", "text": "LINK", "short_links": [entry]},
    }
    campaign = rcs.data("POST", "/campaigns/send", body)
    rcs.advance("1m")
    assert follow(rcs, links_of(rcs, campaign, 1)[0]) == (302, "https://shop.example.com/x")
