"""The slugs of short links, the order of links and clicks, and the end of links."""

import re
from typing import Any

import pytest

from tests.rcs.conftest import Rcs
from tests.rcs.short_links import DAYS, GIFT, NUMERIC, OWN, PHONE, SALE, SYSTEM, follow, listed, make, sms

HUMAN, ROBOT = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "Googlebot/2.1"


def domain_of(rcs: Rcs, slug_type: str, name: str = "mine.example") -> str:
    """Add a domain, and return its id once it is active."""
    answer = rcs.call("POST", "/short-url/domains", {"name": name, "slug_type": slug_type})
    assert answer.status_code == 201, answer.text
    rcs.advance("1m")
    return str(answer.json()["data"]["id"])


def slugs(texts: list[str]) -> list[str]:
    return [text.rpartition("/")[2] for text in texts]


def test_slugs_of_a_target_have_a_number_where_it_has_one_already(rcs: Rcs) -> None:
    domain = domain_of(rcs, "from_original")
    first = make(rcs, "https://shop.example.com/a-b?c=d", domain)
    rcs.advance("11s")
    assert [first["slug"], make(rcs, "https://shop.example.com/a-b?c=d", domain)["slug"]] == [
        "shopexamplecomab",
        "shopexamplecomab1",
    ]
    long = make(rcs, "https://shop.example.com/summer-sale", domain)
    assert long["slug"] == "shopexamplecomsummer"


def test_slugs_that_a_client_has_chosen_are_passed_over(rcs: Rcs) -> None:
    domain = domain_of(rcs, "from_original")
    link = make(rcs, "https://shop.example.com/", domain)
    rcs.data("PUT", f"/short-url/links/{link['id']}", {"slug": "shopexamplecom1"})
    rcs.advance("11s")
    assert make(rcs, "https://shop.example.com/", domain)["slug"] == "shopexamplecom2"


def written(rcs: Rcs, text: str, *placeholders: str) -> str:
    """Send an SMS with links for placeholders; return its text, with the number of each link's target."""
    entries = [
        {"link": f"https://shop.example.com/{number}", "placeholder": word, "domain_ids": [SYSTEM]}
        for number, word in enumerate(placeholders)
    ]
    body = {"phones": [{"number": PHONE}], "sender": "MyShop", "text": text, "short_links": entries}
    campaign = rcs.data("POST", "/campaigns/sms/send", body)["id"]
    [message] = rcs.messages(campaign_id=campaign)
    return re.sub(r"https://s\.example/\w{6}", lambda link: target_number(rcs, link[0]), message["text"])


def target_number(rcs: Rcs, link: str) -> str:
    status, target = follow(rcs, link)
    assert status == 302
    return f"<{str(target).rpartition('/')[2]}>"


@pytest.mark.parametrize(
    ("text", "placeholders", "result"),
    [
        ("go LINK now", ("LINK", "s"), "go <0> now"),
        ("LINK1 LINK10", ("LINK1", "LINK10"), "<0> <1>"),
        ("LINK10 LINK1", ("LINK10", "LINK1"), "<0> <1>"),
        ("a A", ("A", "a"), "<1> <0>"),
        ("LINKS", ("LINK", "INKS"), "<0>S"),
        ("{x} [x] x", ("{x}", "[x]"), "<0> <1> x"),
        ("LINK, LINK", ("LINK", "LINK"), "<0>, <0>"),
    ],
)
def test_placeholders_are_looked_for_in_the_text_as_it_was_written(
    rcs: Rcs, text: str, placeholders: tuple[str, ...], result: str
) -> None:
    assert written(rcs, text, *placeholders) == result


def test_a_fallback_has_its_links_where_a_part_of_a_placeholder_is_another(rcs: Rcs) -> None:
    entries = [
        {"link": f"https://a.example/{word}", "placeholder": word, "domain_ids": [domain]}
        for word, domain in (("LINK1", SYSTEM), ("LINK10", NUMERIC))
    ]
    body = {
        "channels": ["rcs", "sms"],
        "recipients": {"phones": [{"number": "380671112903"}]},
        "rcs": {"sender": "my_agent", "text": "Hello"},
        "sms": {"sender": "MyShop", "text": "LINK1 LINK10", "short_links": entries},
    }
    campaign = rcs.data("POST", "/campaigns/send", body)
    rcs.call("DELETE", f"/short-url/domains/{NUMERIC}")
    rcs.advance("1m")
    assert re.fullmatch(
        r"https://s\.example/\w{6} LINK10", rcs.messages(campaign_id=campaign["id"])[1]["text"]
    )


def test_two_targets_of_a_send_that_begin_alike(rcs: Rcs) -> None:
    domain = domain_of(rcs, "from_original")
    entries = [
        {"link": f"https://a.example/{path}", "placeholder": word, "domain_ids": [domain]}
        for path, word in (("1", "ONE"), ("12", "TWO"))
    ]
    body = {"phones": [{"number": PHONE + number} for number in range(4)], "sender": "MyShop"}
    campaign = rcs.data("POST", "/campaigns/sms/send", body | {"text": "ONE TWO", "short_links": entries})
    texts = [message["text"] for message in rcs.messages(campaign_id=campaign["id"])]
    assert len({word for text in texts for word in text.split()}) == 8


@pytest.mark.parametrize("slug_type", ["random", "numeric", "from_original"])
def test_many_recipients_have_links_unlike_each_other(rcs: Rcs, slug_type: str) -> None:
    domain = domain_of(rcs, slug_type)
    campaign, _ = sms(rcs, *range(PHONE, PHONE + 300), domain_ids=[domain])
    params = DAYS | {"per_page": 500}
    links = rcs.call("GET", "/short-url/links", params=params).json()["data"]
    made = [link["slug"] for link in links if link["campaign_id"] == campaign["id"]]
    assert len(set(made)) == 300
    assert all(len(slug) == 6 for slug in made) or slug_type == "from_original"


def test_numeric_slugs_grow_longer_when_all_are_given_out(rcs: Rcs) -> None:
    rcs.emulator.query("INSERT INTO sequence VALUES (?, 999998)", f"rcs.short_link/{NUMERIC}/")
    made = [make(rcs, f"https://shop.example.com/{number}", NUMERIC)["slug"] for number in range(2)]
    assert [len(slug) for slug in made] == [6, 7]


def test_clicks_of_the_same_moment_stay_in_order(rcs: Rcs) -> None:
    link = make(rcs)
    agents = [ROBOT, *(f"{HUMAN} {number}" for number in range(8))]
    for agent in agents:
        follow(rcs, link["short_link"], **{"User-Agent": agent})
    assert [click["user_agent"] for click in listed(rcs, "clicks")][:9] == agents[::-1]
    first = rcs.data("GET", f"/short-url/links/{link['id']}/statistics")
    assert (first["user_agent"], first["is_human"]) == (ROBOT, False)


def test_links_of_the_same_moment_are_listed_newest_first(rcs: Rcs) -> None:
    made = [make(rcs, f"https://shop.example.com/{number}")["id"] for number in range(6)]
    assert [link["id"] for link in listed(rcs)] == [*made[::-1], SALE, GIFT]


@pytest.mark.parametrize("text", ["AA BB", "BB AA"])
def test_the_first_link_of_an_sms_is_followed(rcs: Rcs, text: str) -> None:
    entries = [
        {"link": f"https://shop.example.com/{word}", "placeholder": word, "domain_ids": [SYSTEM]}
        for word in ("AA", "BB")
    ]
    phones = [{"number": 380671110909 + 1000 * number} for number in range(6)]
    body = {"phones": phones, "sender": "MyShop", "text": text, "short_links": entries}
    campaign = rcs.data("POST", "/campaigns/sms/send", body)["id"]
    rcs.advance("10m")
    clicks = listed(rcs, "clicks", campaign=campaign)
    assert [click["original_link"] for click in clicks] == [f"https://shop.example.com/{text[:2]}"] * 6


@pytest.mark.parametrize(
    ("agent", "browser", "system"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge", "Windows"),
        ("Mozilla/5.0 (Macintosh) Chrome/140.0 Safari/537.36 OPR/120.0", "Opera", "Mac OS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/140.0 Safari/604.1", "Chrome", "iOS"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile Safari/537.36", "Chrome", "Android Mobile"),
        ("curl/8.1", "", None),
    ],
)
def test_browsers_and_systems(rcs: Rcs, agent: str, browser: str, system: str | None) -> None:
    link = make(rcs)
    follow(rcs, link["short_link"], **{"User-Agent": agent})
    click = listed(rcs, "clicks")[0]
    assert (click["browser"], click["device_os"]) == (browser, system)


def test_a_head_request_is_a_click_too(rcs: Rcs) -> None:
    place = make(rcs)["short_link"].removeprefix("http://")
    answer = rcs.emulator.http.head(f"/_emulator/s/{place}", follow_redirects=False)
    assert answer.status_code == 302
    assert listed(rcs, "clicks")[0]["http_method"] == "head"


@pytest.mark.parametrize("gone", [f"links/{GIFT}", f"domains/{SYSTEM}"])
def test_clicks_stay_when_their_link_is_gone(rcs: Rcs, gone: str) -> None:
    before = listed(rcs, "clicks")
    assert len(before) == 3
    for _ in range(2):
        assert rcs.call("DELETE", f"/short-url/{gone}").status_code == 204
    assert listed(rcs, "clicks") == before
    assert rcs.call("GET", f"/short-url/links/{GIFT}/statistics").status_code == 404


def test_clicks_on_a_link_of_a_campaign_stay_when_it_is_gone(rcs: Rcs) -> None:
    campaign, [text] = sms(rcs)
    follow(rcs, text.removeprefix("See "))
    [before] = listed(rcs, "clicks", campaign=campaign["id"])
    assert before["phone_number"] == PHONE
    [link] = [one["id"] for one in listed(rcs) if one["campaign_id"] == campaign["id"]]
    rcs.call("DELETE", f"/short-url/links/{link}")
    rcs.advance("3d")
    assert listed(rcs, "clicks", campaign=campaign["id"]) == [before]


def test_a_click_tells_where_it_led_then(rcs: Rcs) -> None:
    link = make(rcs)
    follow(rcs, link["short_link"])
    rcs.data("PUT", f"/short-url/links/{link['id']}", {"slug": "x", "original_link": "https://b.example/"})
    click = listed(rcs, "clicks")[0]
    assert (click["short_link"], click["original_link"]) == (link["short_link"], link["original_link"])


@pytest.mark.slow
def test_a_slug_is_free_again_when_its_link_is_gone(rcs: Rcs) -> None:
    rcs.call("DELETE", f"/short-url/links/{GIFT}")
    taken = rcs.call("PUT", f"/short-url/links/{SALE}", {"slug": "8IF68O"})
    assert taken.json() == {"message": "The short link already exists"}
    rcs.advance("3d")
    assert rcs.data("PUT", f"/short-url/links/{SALE}", {"slug": "8IF68O"})["slug"] == "8IF68O"


@pytest.mark.slow
def test_the_name_of_a_domain_is_free_again_when_it_is_gone(rcs: Rcs) -> None:
    rcs.call("DELETE", f"/short-url/domains/{NUMERIC}")
    body = {"name": "go.example", "slug_type": "random"}
    assert rcs.call("POST", "/short-url/domains", body).json() == {"message": "Invalid domain name"}
    assert follow(rcs, "http://go.example/x") == (302, "https://shop.example.com/404")
    rcs.advance("3d")
    assert follow(rcs, "http://go.example/x")[0] == 404
    assert rcs.call("POST", "/short-url/domains", body).status_code == 201


def test_a_deleted_domain_leaves_its_place_to_another(rcs: Rcs) -> None:
    for number in range(4):
        body = {"name": f"mine{number}.example", "slug_type": "random"}
        assert rcs.call("POST", "/short-url/domains", body).status_code == 201
    assert rcs.call("DELETE", f"/short-url/domains/{OWN}").status_code == 204
    fifth = {"name": "mine5.example", "slug_type": "random"}
    assert rcs.call("POST", "/short-url/domains", fifth).status_code == 201
    answer = rcs.call("POST", "/short-url/domains", {"name": "mine6.example", "slug_type": "random"})
    assert answer.json() == {"message": "short-link.exceptions.domain_exceeded_allowed_limit"}


def test_a_link_that_is_deleted_keeps_its_status_when_it_is_changed(rcs: Rcs) -> None:
    rcs.call("DELETE", f"/short-url/links/{SALE}")
    changed = rcs.data("PUT", f"/short-url/links/{SALE}", {"original_link": "https://reject.example/"})
    assert (changed["status"], changed["can_restore"]) == ("deleted", True)


def test_a_blocked_link_works_with_a_better_target(rcs: Rcs) -> None:
    link = make(rcs, "https://reject.example/")
    same: Any = {"name": "x", "original_link": "https://reject.example/"}
    assert rcs.data("PUT", f"/short-url/links/{link['id']}", same)["status"] == "blocked"
    changed = rcs.data(
        "PUT", f"/short-url/links/{link['id']}", {"original_link": "https://shop.example.com/"}
    )
    assert changed["status"] == "active"
    assert follow(rcs, link["short_link"]) == (302, "https://shop.example.com/")


def test_null_changes_nothing_of_a_domain(rcs: Rcs) -> None:
    body = {"not_found_page": None, "slug_type": None, "is_default": None}
    changed = rcs.data("PUT", f"/short-url/domains/{NUMERIC}", body)
    assert (changed["not_found_page"], changed["slug_type"]) == ("https://shop.example.com/404", "numeric")
    assert changed["is_default"] is False


def test_null_changes_nothing_of_a_link_but_its_name(rcs: Rcs) -> None:
    body = {"name": None, "slug": None, "original_link": None}
    changed = rcs.data("PUT", f"/short-url/links/{SALE}", body)
    assert (changed["name"], changed["slug"], changed["original_link"]) == (
        None,
        "sale",
        "https://shop.example.com/sale",
    )


def defaults(rcs: Rcs) -> list[str]:
    return [one["id"] for one in listed(rcs, "domains") if one["is_default"]]


@pytest.mark.parametrize("end", ["deleted", "expired"])
def test_a_deleted_domain_does_not_become_the_default_one(rcs: Rcs, end: str) -> None:
    [before] = defaults(rcs)
    rcs.call("DELETE", f"/short-url/domains/{before}")
    [heir] = defaults(rcs)
    changed = rcs.call("PUT", f"/short-url/domains/{before}", {"is_default": True, "slug_type": "numeric"})
    assert (changed.status_code, changed.json()["data"]["is_default"]) == (200, False)
    if end == "deleted":
        rcs.call("DELETE", f"/short-url/domains/{before}")
    else:
        rcs.advance("73h")
    assert defaults(rcs) == [heir] != [before]
