"""Opens and clicks over HTTP: trackingOpen and trackingClick of https://docs.autosend.com/api-reference/mails/send."""

import re
from typing import Any

import pytest

from tests.autosend.campaigns import RELEASE, create
from tests.autosend.conftest import AutoSend
from tests.autosend.webhooks import create as create_webhook
from tests.receiver import Receiver

ANN = "ann@new.example"
PAGE = "<p>Hi</p><a href=\"https://shop.example/a?x=1&amp;y=2\">A</a> <a href='https://shop.example/b'>B</a>"
SENT = {"from": {"email": "a@example.org"}, "to": {"email": ANN}, "subject": "s", "html": PAGE}
PIXEL = re.compile(r'<img src="([^"]+)" alt="" width="1" height="1">')


def send(autosend: AutoSend, **fields: Any) -> dict[str, Any]:
    """Send a mail, let it arrive, and return it as its recipient has it."""
    body = SENT | {"trackingOpen": True, "trackingClick": True} | fields
    autosend.data("POST", "/mails/send", body)
    autosend.advance("5s")
    return received(autosend, body["to"]["email"])[0]


def received(autosend: AutoSend, recipient: str) -> list[dict[str, Any]]:
    """Return the mails to an address, each with its HTML."""
    return [
        message | {"html": autosend.emulator.http.get(f"/_emulator/messages/{message['id']}/html").text}
        for message in autosend.messages(recipient)
    ]


def readers(autosend: AutoSend) -> str:
    """Return the id of a new list of three contacts."""
    made = str(autosend.data("POST", "/contact-lists", {"name": "Ann, Bob and Cid"})["id"])
    emails = [f"{name}@new.example" for name in ("ann", "bob", "cid")]
    autosend.data("POST", "/contact-lists/contacts/bulk-add", {"contactListId": made, "emails": emails})
    return made


def redirects(message: dict[str, Any]) -> list[str]:
    return re.findall(r'(?i)href\s*=\s*"([^"]*/click/[^"]*)"', message["html"])


def pixel(message: dict[str, Any]) -> str:
    found = PIXEL.search(message["html"])
    assert found is not None
    return found[1]


def status(autosend: AutoSend, message: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = autosend.data("GET", f"/mails/{message['provider_id']}/status")
    return found


def told(autosend: AutoSend, type_: str) -> list[Any]:
    """Return the data of events of a type about mails to ANN and other addresses outside of the fixtures."""
    asked = {"provider": "autosend", "type": type_, "limit": "1000"}
    events = autosend.emulator.http.get("/_emulator/webhooks/events", params=asked).json()["events"]
    found = [event["body"]["data"] for event in events if event["at"] >= "2026-03-15T14:30:00.000Z"]
    return [one for one in found if one.get("to", {"email": ANN})["email"].endswith("@new.example")]


def test_each_link_leads_through_a_redirect_and_a_pixel_stands_at_the_end(autosend: AutoSend) -> None:
    message = send(autosend, html=f"<body>{PAGE}</body>")
    one, other = redirects(message)
    assert (one != other, "shop.example" in message["html"]) == (True, False)
    assert message["html"].endswith(PIXEL.search(message["html"])[0] + "</body>")  # type: ignore[index]


def test_loading_the_pixel_opens_the_mail(autosend: AutoSend) -> None:
    message = send(autosend)
    answer = autosend.emulator.http.get(pixel(message))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert answer.headers["cache-control"] == "no-store"
    assert (answer.content[:6], status(autosend, message)["status"]) == (b"GIF89a", "opened")
    assert [one["to"]["email"] for one in told(autosend, "email.opened")] == [ANN]


def test_following_a_link_leads_on_and_clicks_and_opens_the_mail(autosend: AutoSend) -> None:
    message = send(autosend)
    answer = autosend.emulator.http.get(redirects(message)[0], follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "https://shop.example/a?x=1&y=2")
    shown = status(autosend, message)
    assert (shown["status"], shown["openedAt"], shown["clickedAt"]) == ("clicked", *[shown["clickedAt"]] * 2)
    assert [one["clickedUrl"] for one in told(autosend, "email.clicked")] == [
        "https://shop.example/a?x=1&y=2"
    ]
    assert len(told(autosend, "email.opened")) == 1


def test_each_open_and_each_click_is_an_event_and_times_are_those_of_the_first(
    autosend: AutoSend, receiver: Receiver
) -> None:
    create_webhook(autosend, receiver.url, "email.opened", "email.clicked")
    message = send(autosend)
    first, second = redirects(message)
    for link in (pixel(message), first, second, first, pixel(message)):
        autosend.emulator.http.get(link, follow_redirects=False)
        autosend.advance("1m")
    clicked = [request.json["data"].get("clickedUrl") for request in receiver.requests]
    a, b = "https://shop.example/a?x=1&y=2", "https://shop.example/b"
    assert clicked == [None, a, b, a, None]
    assert [one.get("clickedUrl") for one in told(autosend, "email.clicked")] == [a, b, a]
    history = autosend.messages(ANN)[0]["history"]
    assert [one["detail"] for one in history if one["status"] == "clicked"] == [a, b, a]
    shown = status(autosend, message)
    assert (shown["status"], shown["openedAt"], shown["clickedAt"]) == (
        "clicked",
        "2026-03-15T14:30:05.000Z",
        "2026-03-15T14:31:05.000Z",
    )


def test_asking_for_the_head_counts_nothing(autosend: AutoSend) -> None:
    message = send(autosend)
    links = (pixel(message), redirects(message)[0])
    answers = [autosend.emulator.http.head(link, follow_redirects=False) for link in links]
    assert [answer.status_code for answer in answers] == [200, 302]
    assert status(autosend, message)["status"] == "delivered"


@pytest.mark.parametrize(("opens", "clicks"), [(True, False), (False, True), (False, False)])
def test_what_is_not_tracked_stays_as_it_was_written(
    autosend: AutoSend, *, opens: bool, clicks: bool
) -> None:
    message = send(autosend, trackingOpen=opens, trackingClick=clicks)
    assert (PIXEL.search(message["html"]) is not None, bool(redirects(message))) == (opens, clicks)
    assert ("https://shop.example/b" in message["html"]) is not clicks


@pytest.mark.parametrize(
    "link",
    [
        '<a href="mailto:ann@example.com">',
        '<a href="tel:+380670001000">',
        '<a href="#top">',
        '<a href="/relative">',
        '<a href="{{unsubscribe}}">',
        '<a href="{{unsubscribe_preference}}">',
        '<!-- <a href="https://shop.example/"> -->',
        '<link href="https://shop.example/style.css">',
        '<a data-href="https://shop.example/">',
    ],
)
def test_what_is_no_link_to_a_page_is_not_tracked(autosend: AutoSend, link: str) -> None:
    assert redirects(send(autosend, html=link)) == []


@pytest.mark.parametrize(
    "link",
    [
        "<A HREF = HTTPS://shop.example/x >",
        '<area shape="rect" href="https://shop.example/x">',
        '<a class="b"\n href="https://shop.example/{{name}}">',
    ],
)
def test_links_in_any_spelling_are_tracked(autosend: AutoSend, link: str) -> None:
    message = send(autosend, html=link, dynamicData={"name": "x"})
    (address,) = redirects(message)
    answer = autosend.emulator.http.get(address, follow_redirects=False)
    assert answer.headers["location"].lower() == "https://shop.example/x"


@pytest.mark.parametrize(
    ("link", "location"),
    [
        ("https://пример.укр/é", "https://xn--e1afmkfd.xn--j1amh/%C3%A9"),
        ("https://пример..укр/", "https://%D0%BF%D1%80%D0%B8%D0%BC%D0%B5%D1%80..%D1%83%D0%BA%D1%80/"),
    ],
)
def test_a_redirect_names_a_host_with_other_letters_so_that_clients_find_it(
    autosend: AutoSend, link: str, location: str
) -> None:
    (address,) = redirects(send(autosend, html=f'<a href="{link}">Shop</a>'))
    answer = autosend.emulator.http.get(address, follow_redirects=False)
    assert answer.headers["location"] == location


def test_a_tracked_mail_names_where_its_redirects_lead(autosend: AutoSend) -> None:
    message = send(autosend)
    assert message["links"] == [
        *redirects(message),
        "https://shop.example/a?x=1&y=2",
        "https://shop.example/b",
    ]


def test_the_text_of_a_mail_stays(autosend: AutoSend) -> None:
    message = send(autosend, text="https://shop.example/a")
    assert message["text"] == "https://shop.example/a"


@pytest.mark.parametrize("recipient", ["opened@new.example", "clicked@new.example"])
def test_a_mail_without_html_has_nothing_to_open_or_click(autosend: AutoSend, recipient: str) -> None:
    text_only = {name: value for name, value in SENT.items() if name != "html"}
    to = {"to": {"email": recipient}, "text": "https://shop.example/"}
    autosend.data("POST", "/mails/send", text_only | to | {"trackingOpen": True, "trackingClick": True})
    autosend.advance("1h")
    (message,) = autosend.messages(recipient)
    assert (message["status"], message["html"]) == ("delivered", False)


def test_a_mail_without_links_is_opened_by_who_would_click(autosend: AutoSend) -> None:
    autosend.data("POST", "/mails/send", SENT | {"html": "<p>Hi</p>", "to": {"email": "clicked@new.example"}})
    autosend.advance("1h")
    assert autosend.messages("clicked@new.example")[0]["status"] == "opened"
    assert told(autosend, "email.clicked") == []


NO_LINKS = [
    '<p>Hi <a href="{{unsubscribe}}">leave</a></p>',
    '<p>Hi <a href="{{unsubscribe_preference}}">change</a></p>',
    '<a href="mailto:ann@new.example">write</a>',
    '<a href="tel:+49301234567">call</a>',
    '<a href="#top">up</a>',
    '<a href="{{missing}}">nowhere</a>',
    '<!-- <a href="https://shop.example/">A</a> -->',
    '{{#if missing}}<a href="https://shop.example/">A</a>{{/if}}',
    '<link href="https://shop.example/style.css"><p>Hi</p>',
]


@pytest.mark.parametrize("html", NO_LINKS)
def test_a_mail_without_links_that_are_tracked_is_not_clicked(autosend: AutoSend, html: str) -> None:
    autosend.data("POST", "/mails/send", SENT | {"html": html, "to": {"email": "clicked@new.example"}})
    autosend.advance("1h")
    (message,) = autosend.messages("clicked@new.example")
    assert [message["status"], status(autosend, message)["clickedAt"]] == ["opened", None]
    assert told(autosend, "email.clicked") == []


@pytest.mark.parametrize("html", NO_LINKS)
def test_a_campaign_without_links_that_are_tracked_counts_no_clicks(autosend: AutoSend, html: str) -> None:
    made = autosend.data("POST", "/contact-lists", {"name": "Clickers"})["id"]
    autosend.data("POST", "/contacts", {"email": "clicked@new.example", "listIds": [made]})
    campaign = create(autosend, **RELEASE, htmlTemplate=html, toLists=[made])
    autosend.advance("1h")
    metrics = autosend.data("GET", f"/campaigns/{campaign}")["metrics"]
    assert (metrics["opened"], metrics["clicked"], told(autosend, "email.clicked")) == (1, 0, [])


def test_only_those_click_in_whose_mail_is_a_link(autosend: AutoSend) -> None:
    html = '<p>Hi {{#if page}}<a href="{{page}}">go</a>{{/if}}</p>'
    pages = [
        {"page": "https://shop.example/"},
        {},
        {"page": "mailto:a@new.example"},
        {"page": "http://b.test"},
    ]
    recipients = [
        {"email": f"clicked+{number}@new.example", "dynamicData": page} for number, page in enumerate(pages)
    ]
    sent = {"from": SENT["from"], "subject": "s", "html": html, "recipients": recipients}
    autosend.data("POST", "/mails/bulk", sent)
    autosend.advance("1h")
    found = [autosend.messages(f"clicked+{number}@new.example")[0]["status"] for number in range(4)]
    assert found == ["clicked", "opened", "opened", "clicked"]
    assert [one["clickedUrl"] for one in told(autosend, "email.clicked")] == [
        "https://shop.example/",
        "http://b.test",
    ]


def test_a_mail_that_did_not_arrive_is_not_opened(autosend: AutoSend) -> None:
    message = send(autosend, to={"email": "bounced@new.example"})
    answer = autosend.emulator.http.get(redirects(message)[1], follow_redirects=False)
    assert answer.headers["location"] == "https://shop.example/b"
    assert status(autosend, message)["status"] == "bounced"


def test_a_mail_that_is_opened_before_it_is_said_to_arrive_has_arrived(autosend: AutoSend) -> None:
    autosend.data("POST", "/mails/send", SENT | {"trackingOpen": True})
    (message,) = received(autosend, ANN)
    autosend.emulator.http.get(pixel(message))
    assert [one["status"] for one in autosend.messages(ANN)[0]["history"]] == ["sent", "delivered", "opened"]
    autosend.advance("1h")
    assert len(autosend.messages(ANN)[0]["history"]) == 3


@pytest.mark.parametrize(
    "path", ["click/{}/3", "click/{}/0", "click/{}/x", "click/999999/1", "open/999999.gif"]
)
def test_a_link_that_nobody_made_leads_nowhere(autosend: AutoSend, path: str) -> None:
    message = send(autosend)
    link = pixel(message).replace(f"open/{message['id']}.gif", path.format(message["id"]))
    assert autosend.emulator.http.get(link, follow_redirects=False).status_code == 404


def test_a_campaign_counts_who_opens_and_clicks_once(autosend: AutoSend) -> None:
    html = {"htmlTemplate": PAGE, "trackingOpen": True, "trackingClick": True}
    campaign = create(autosend, **RELEASE, **html, toLists=[readers(autosend)])
    autosend.advance("10m")
    for message in received(autosend, "new.example")[:2]:
        for _ in range(2):
            autosend.emulator.http.get(pixel(message))
            autosend.emulator.http.get(redirects(message)[0], follow_redirects=False)
    metrics = autosend.data("GET", f"/campaigns/{campaign}")["metrics"]
    assert (metrics["opened"], metrics["clicked"]) == (2, 2)


def test_an_open_just_after_the_delivery_is_not_a_humans(autosend: AutoSend) -> None:
    html = {"htmlTemplate": PAGE, "trackingOpen": True}
    campaign = create(autosend, **RELEASE, **html, toLists=[readers(autosend)])
    autosend.advance("2m")
    autosend.advance("4s")
    first, second, _ = received(autosend, "new.example")
    autosend.emulator.http.get(pixel(first))
    autosend.advance("20s")
    autosend.emulator.http.get(pixel(second))
    autosend.advance("10m")
    counts = autosend.data("GET", f"/campaigns/{campaign}/analytics")["counts"]
    assert (counts["opened"], counts["humanOpened"]) == (2, 1)
    autosend.emulator.http.get(pixel(first))
    autosend.advance("10m")
    counts = autosend.data("GET", f"/campaigns/{campaign}/analytics")["counts"]
    assert (counts["opened"], counts["humanOpened"]) == (2, 2)


def test_an_open_after_the_clock_was_set_back_to_before_the_delivery_is_a_humans(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE, htmlTemplate=PAGE, trackingOpen=True, toLists=[readers(autosend)])
    autosend.advance("5m")
    first, *_ = received(autosend, "new.example")
    autosend.emulator.http.post("/_emulator/clock", json={"set": "2026-03-14T14:30:00Z"})
    autosend.emulator.http.get(pixel(first))
    autosend.advance("10m")
    counts = autosend.data("GET", f"/campaigns/{campaign}/analytics")["counts"]
    assert (counts["opened"], counts["humanOpened"]) == (1, 1)


PLAIN = {"html": None, "text": "https://shop.example/"}


@pytest.mark.parametrize(
    ("fields", "status", "reason"),
    [
        (PLAIN, "opened", "has no HTML"),
        (PLAIN, "clicked", "has no link"),
        ({"html": "<p>Hi</p>"}, "clicked", "has no link"),
        ({"html": '<a href="{{unsubscribe}}">leave</a>'}, "clicked", "has no link"),
        ({"trackingOpen": False}, "opened", "not tracked"),
        ({"trackingClick": False}, "clicked", "not tracked"),
    ],
)
def test_what_nothing_could_tell_of_is_not_set_unless_it_is_forced(
    autosend: AutoSend, fields: dict[str, Any], status: str, reason: str
) -> None:
    message = send(autosend, **fields)
    path = f"/_emulator/messages/{message['id']}/status"
    refused = autosend.emulator.http.post(path, json={"status": status})
    assert refused.status_code == 409
    assert reason in refused.json()["detail"]
    assert "force=true" in refused.json()["detail"]
    assert autosend.messages(ANN)[-1]["status"] == "delivered"
    forced = autosend.emulator.http.post(path, json={"status": status, "force": True}).json()
    assert forced["status"] == status


@pytest.mark.parametrize("fields", [PLAIN, {"trackingOpen": False}])
def test_nobody_is_told_to_open_such_a_mail_on_the_way_to_something_else(
    autosend: AutoSend, fields: dict[str, Any]
) -> None:
    message = send(autosend, **fields)
    path = f"/_emulator/messages/{message['id']}/status"
    set_ = autosend.emulator.http.post(path, json={"status": "unsubscribed"}).json()
    history = [one["status"] for one in set_["history"]]
    assert history == ["sent", "delivered", "unsubscribed"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"trackingOpen": False, "trackingClick": False}, "delivered"),
        ({"trackingClick": False}, "opened"),
        ({"trackingOpen": False}, "clicked"),
        ({"html": "<p>Hi</p>"}, "opened"),
        (PLAIN, "delivered"),
    ],
)
def test_a_rule_of_clicks_gives_none_where_nothing_tells_of_them(
    autosend: AutoSend, fields: dict[str, Any], status: str
) -> None:
    autosend.emulator.http.post("/_emulator/outcomes", json={"outcome": "clicked"})
    send(autosend, **fields)
    autosend.advance("1h")
    assert autosend.messages(ANN)[-1]["status"] == status
