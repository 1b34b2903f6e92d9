"""List, get, analytics, create, update, delete: https://docs.autosend.com/api-reference/campaigns."""

from typing import Any

import pytest

from tests.autosend.campaigns import DRAFT, GRADUAL, READERS, RELEASE, RELEASED, create, status_of
from tests.autosend.conftest import OTHER_PROJECT, AutoSend

SENT = "66a0c1d2e3f4a5b6c7d80002"
VERBS = ("pause", "resume", "abort", "duplicate")
PLAIN = "66a0c1d2e3f4a5b6c7d80001"


def listed(autosend: AutoSend, query: str) -> list[str]:
    return [row["id"][-4:] for row in autosend.data("GET", f"/campaigns{query}")["campaigns"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?status=draft", ["0001"]),
        ("?name=GREET", ["0005"]),
        ("?name=%25", []),
        ("?startDate=2026-03-07T00:00:00.000Z", ["0007", "0006"]),
        ("?endDate=2026-03-02T09:00:00.000Z", ["0001", "4567"]),
        ("?startDate=0001-01-01T00:00:00Z&endDate=9999-12-31T23:59:59.999Z&name=GREET", ["0005"]),
        ("?limit=2&page=2", ["0005", "0004"]),
        ("?page=99", []),
    ],
)
def test_the_list_is_filtered_and_paged(autosend: AutoSend, query: str, expected: list[str]) -> None:
    assert listed(autosend, query) == expected


def test_only_sent_campaigns_show_metrics_in_the_list(autosend: AutoSend) -> None:
    rows = autosend.data("GET", "/campaigns")["campaigns"]
    assert [row["id"] for row in rows if "metrics" in row] == [SENT]
    assert all("metrics" in row for row in autosend.data("GET", "/campaigns?includeCounts=true")["campaigns"])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=completed", "status"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("page=99999999999999999999", "page"),
        ("startDate=yesterday", "startDate"),
        ("includeCounts=maybe", "includeCounts"),
    ],
)
def test_a_wrong_filter_is_refused(autosend: AutoSend, query: str, field: str) -> None:
    answer = autosend.call("GET", f"/campaigns?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "VALIDATION_FAILED"
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]


@pytest.mark.parametrize(
    "campaign", ["nope", "000000000000000000000000", "60D5EC49F1B2C72D9C8B4567", "%00", "é"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("PATCH", ""), ("DELETE", ""), *(("POST", f"/{verb}") for verb in VERBS)],
)
def test_an_unknown_campaign_is_not_found(autosend: AutoSend, campaign: str, method: str, path: str) -> None:
    refused = autosend.refused(method, f"/campaigns/{campaign}{path}", {} if method == "PATCH" else None)
    assert refused == (404, "CAMPAIGN_NOT_FOUND", "Campaign not found")


def test_analytics_refuses_an_unknown_campaign_in_a_form_of_its_own(autosend: AutoSend) -> None:
    error = autosend.call("GET", "/campaigns/nope/analytics").json()["error"]
    assert error == {
        "message": "Campaign not found",
        "code": "CAMPAIGN_NOT_FOUND",
        "details": "No campaign matching the provided ID was found in this project.",
    }


def test_without_publish_a_campaign_is_a_draft(autosend: AutoSend) -> None:
    campaign = create(autosend)
    autosend.advance("30d")
    assert status_of(autosend, campaign) == "draft"


@pytest.mark.parametrize("release", [{"publish": True}, {"sendNow": True}, RELEASE])
def test_a_released_campaign_is_scheduled_and_sent_after_120_seconds(
    autosend: AutoSend, release: dict[str, bool]
) -> None:
    campaign = create(autosend, **release)
    assert status_of(autosend, campaign) == "scheduled"
    autosend.advance("1d")
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert (details["status"], details["sentAt"]) == ("sent", "2026-03-15T14:32:01.000Z")


@pytest.mark.parametrize("said", [{}, {"trackingOpen": True}])
def test_what_a_campaign_does_not_say_of_tracking_is_as_its_project_has_it(
    autosend: AutoSend, said: dict[str, bool]
) -> None:
    account = {"Authorization": OTHER_PROJECT["Authorization"]}
    project = autosend.call("POST", "/account/projects", {"name": "New"}, headers=account).json()["data"]
    headers = account | {"x-project-id": project["id"]}
    body = {"name": "n", "subject": "s", "htmlTemplate": "<p>Hi</p>"} | said
    made = autosend.call("POST", "/campaigns", body, headers=headers).json()["data"]
    tracked = {name: made[name] for name in ("trackingOpen", "trackingClick")}
    assert tracked == {name: project[name] for name in tracked} | said


def test_a_draft_is_published_by_an_update(autosend: AutoSend) -> None:
    updated = autosend.data("PATCH", f"/campaigns/{PLAIN}", {"scheduledAt": "2026-03-20T00:00:00Z"})
    assert updated["status"] == "scheduled"


def test_an_update_changes_only_what_it_names(autosend: AutoSend) -> None:
    before = autosend.data("GET", f"/campaigns/{PLAIN}")
    autosend.data("PATCH", f"/campaigns/{PLAIN}", {"subject": "New", "trackingOpen": False})
    after = autosend.data("GET", f"/campaigns/{PLAIN}")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"subject", "trackingOpen", "updatedAt"}


def test_html_makes_a_template_and_overwrites_one_that_is_named(autosend: AutoSend) -> None:
    own = autosend.data("GET", f"/campaigns/{create(autosend)}")["template"]
    assert own["emailTemplate"] == DRAFT["htmlTemplate"]
    assert own["templateId"].startswith("A-")
    assert (own["templateType"], own["builderType"]) == ("marketing", "code")
    shared = create(autosend, templateId="A-0f1e2d3c4b5a69788796", htmlTemplate="<b>new</b>")
    assert autosend.data("GET", f"/campaigns/{shared}")["templateId"] == "A-0f1e2d3c4b5a69788796"
    assert autosend.data("GET", f"/campaigns/{SENT}")["template"]["emailTemplate"] == "<b>new</b>"


NEWS = "66a0c1d2e3f4a5b6c7d82002"


def test_a_stored_sender_can_be_named(autosend: AutoSend) -> None:
    campaign = create(autosend, fromSenderId=NEWS)
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert details["from"] == {"email": "news@example.org", "name": "Example News"}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"email": "desk@example.com", "name": "Desk"}, {"email": "desk@example.com", "name": "Desk"}),
        ({"email": "desk@example.com"}, {"email": "desk@example.com", "name": "Example News"}),
    ],
)
def test_a_stored_sender_gives_what_a_sender_beside_it_leaves_out(
    autosend: AutoSend, said: dict[str, str], shown: dict[str, str]
) -> None:
    campaign = create(autosend, **{"fromSenderId": NEWS, "from": said})
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert (details["from"], details["fromSenderId"]) == (shown, NEWS)


def test_excluded_lists_are_left_out_and_nobody_gets_two(autosend: AutoSend) -> None:
    team, segment = "66a0c1d2e3f4a5b6c7d8dd01", "66a0c1d2e3f4a5b6c7d8dd02"
    campaign = create(autosend, **RELEASE, toLists=[READERS, team], excludeLists=[segment])
    autosend.advance("1d")
    metrics = autosend.data("GET", f"/campaigns/{campaign}")["metrics"]
    assert (metrics["totalContacts"], metrics["suppressed"], metrics["sent"]) == (50, 2, 48)


def test_the_global_list_is_every_contact(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE, toLists=[], sendToGlobalList=True)
    autosend.advance("1d")
    assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["totalContacts"] == 74


def test_a_campaign_without_recipients_fails(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE, toLists=["66a0c1d2e3f4a5b6c7d8dd03"])
    autosend.advance("2m")
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert (details["status"], details["failureReason"]) == ("failed", "The campaign has no recipients")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"name": None}, "name"),
        ({"subject": "s" * 999}, "subject"),
        ({"previewText": "p" * 201}, "previewText"),
        ({"from": {"email": "nobody"}}, "from.email"),
        ({"from": {"name": "Only"}}, "from.email"),
        ({"replyTo": "nobody"}, "replyTo"),
        ({"templateId": "A-00000000000000000000"}, "templateId"),
        ({"fromSenderId": "x"}, "fromSenderId"),
        ({"toLists": ["x"]}, "toLists"),
        ({"toLists": "x"}, "toLists"),
        ({"excludeLists": ["x"]}, "excludeLists"),
        ({"sendMode": "later"}, "sendMode"),
        ({"sendMode": "gradual"}, "gradualStrategy"),
        ({"gradualStrategy": "3x"}, "gradualStrategy"),
        ({"dailyBatchSize": 0}, "dailyBatchSize"),
        ({"dailyBatchSize": 10**30}, "dailyBatchSize"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"scheduledAt": "soon"}, "scheduledAt"),
        ({"scheduledAt": 5}, "scheduledAt"),
        ({"publish": True, "toLists": []}, "toLists"),
        ({"publish": True, "from": {"email": "me@example.net"}}, "from.email"),
        ({"publish": True, "sendMode": "scheduled"}, "scheduledAt"),
        ({"htmlTemplate": None}, "templateId"),
        ({"htmlTemplate": ""}, "templateId"),
        ({"htmlTemplate": "  "}, "templateId"),
        ({"htmlTemplate": "я" * (2 * 1024 * 1024 + 1)}, "htmlTemplate"),
        ({"publish": True, "htmlTemplate": "{{#if a}}"}, "htmlTemplate"),
        ({"publish": True, "subject": "{{"}, "subject"),
    ],
)
def test_a_wrong_campaign_is_refused_and_nothing_is_stored(
    autosend: AutoSend, change: dict[str, Any], field: str
) -> None:
    answer = autosend.call("POST", "/campaigns", DRAFT | change)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["code"] == "VALIDATION_FAILED"
    assert field in [detail["field"] for detail in answer.json()["error"]["details"]]
    assert autosend.data("GET", "/campaigns")["pagination"]["total"] == 8


def test_a_refused_update_changes_nothing(autosend: AutoSend) -> None:
    before = autosend.data("GET", f"/campaigns/{PLAIN}")
    assert autosend.call("PATCH", f"/campaigns/{PLAIN}", {"name": "New", "toLists": ["x"]}).status_code == 400
    assert autosend.data("GET", f"/campaigns/{PLAIN}") == before


def test_a_project_holds_50_drafts(autosend: AutoSend) -> None:
    for _ in range(49):
        create(autosend)
    assert autosend.refused("POST", "/campaigns", DRAFT)[1] == "MAX_DRAFT_CAMPAIGNS_REACHED"
    autosend.call("DELETE", f"/campaigns/{PLAIN}")
    create(autosend)


def test_too_many_bounces_pause_gradual_sending(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE, **GRADUAL, toLists=["66a0c1d2e3f4a5b6c7d8dd04"])
    autosend.advance("2d")
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert (details["status"], details["metrics"]["sent"]) == ("paused", 5)
    assert details["pausedReason"] == "Bounce or complaint limit exceeded"
    assert autosend.refused("POST", f"/campaigns/{campaign}/resume")[1] == "CANNOT_RESUME_CAMPAIGN"


def test_opens_and_clicks_count_only_while_they_are_tracked(autosend: AutoSend) -> None:
    tracked = create(autosend, **RELEASE)
    blind = create(autosend, **RELEASE, trackingOpen=False, trackingClick=False)
    autosend.advance("1h")
    counts = [autosend.data("GET", f"/campaigns/{one}/analytics")["counts"] for one in (tracked, blind)]
    assert [(count["opened"], count["clicked"], count["delivered"]) for count in counts] == [
        (2, 1, 49),
        (0, 0, 49),
    ]


def test_rates_are_percentages_with_two_decimals(autosend: AutoSend) -> None:
    rates = autosend.data("GET", f"/campaigns/{SENT}/analytics")["rates"]
    assert (rates["openRate"], rates["deliveryRate"], rates["bounceRate"]) == (4.08, 98.0, 2.0)


def test_pausing_keeps_mails_that_were_sent_on_their_way(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE, **GRADUAL)
    autosend.advance(RELEASED)
    autosend.advance("500ms")
    autosend.data("POST", f"/campaigns/{campaign}/pause")
    autosend.advance("1h")
    assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["delivered"] == 5


def test_a_gradual_campaign_sends_no_more_in_a_day_for_having_been_paused(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE, **(GRADUAL | {"gradualStrategy": "fixed", "dailyBatchSize": 3}))
    autosend.advance("3m")
    for _ in range(3):
        autosend.data("POST", f"/campaigns/{campaign}/pause")
        autosend.data("POST", f"/campaigns/{campaign}/resume")
        autosend.advance("5s")
    assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"] == 3
    autosend.advance("1d")
    assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"] == 6


def test_each_gradual_day_begins_24_hours_after_the_one_before(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE, **(GRADUAL | {"gradualStrategy": "fixed", "dailyBatchSize": 3}))
    autosend.advance("121s")
    for day in range(1, 10):
        assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"] == 3 * day
        autosend.advance("23h59m59s")
        assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"] == 3 * day
        autosend.advance("1s")


def test_the_global_list_can_be_replaced(autosend: AutoSend) -> None:
    campaign = create(autosend, toLists=["GLOBAL_CONTACT_LIST"])
    assert autosend.data("GET", f"/campaigns/{campaign}")["sendToGlobalList"] is True
    team = {"toLists": ["66a0c1d2e3f4a5b6c7d8dd01"], "sendNow": True}
    autosend.data("PATCH", f"/campaigns/{campaign}", team)
    autosend.advance("1d")
    assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["totalContacts"] == 3


@pytest.mark.parametrize(("name", "number"), [("a" * 201, None), ("%00", 0), ("AUTUMN", 1), ("%25", 0)])
def test_names_are_searched_as_they_are(autosend: AutoSend, name: str, number: int | None) -> None:
    answer = autosend.call("GET", f"/campaigns?name={name}")
    if number is None:
        assert answer.status_code == 400
    else:
        assert answer.json()["data"]["pagination"]["total"] == number


def test_names_are_found_in_whatever_case(autosend: AutoSend) -> None:
    create(autosend, name="Скидка Ёлка")
    found = autosend.call("GET", "/campaigns", params={"name": "скидка ё"})
    assert found.json()["data"]["pagination"]["total"] == 1


def test_a_resumed_campaign_counts_its_time_on(autosend: AutoSend) -> None:
    sending = "60d5ec49f1b2c72d9c8b4567"
    for wait, action in (("1h", "pause"), ("1h", "resume"), ("10h", None)):
        autosend.advance(wait)
        if action:
            autosend.data("POST", f"/campaigns/{sending}/{action}")
    metrics = autosend.data("GET", f"/campaigns/{sending}")["metrics"]
    assert metrics["totalDurationSeconds"] == 13 * 3600


@pytest.mark.parametrize("nothing", ["", "  "])
def test_an_empty_html_leaves_a_template_alone(autosend: AutoSend, nothing: str) -> None:
    create(autosend, templateId="A-0f1e2d3c4b5a69788796", htmlTemplate=nothing)
    assert autosend.data("GET", f"/campaigns/{SENT}")["template"]["emailTemplate"].strip() != ""


def test_html_may_have_4_megabytes(autosend: AutoSend) -> None:
    create(autosend, htmlTemplate="я" * (2 * 1024 * 1024))


def test_without_a_sender_the_first_stored_one_is_used(autosend: AutoSend) -> None:
    senders = [sender["email"] for sender in autosend.data("GET", "/senders")["senders"]]
    statement = "UPDATE autosend_sender SET id = ? WHERE email = ?"
    autosend.emulator.query(statement, "ffffffffffffffffffffffff", senders[0])
    campaign = create(autosend, **RELEASE)
    assert autosend.data("GET", f"/campaigns/{campaign}")["from"]["email"] == senders[0]


def test_a_campaign_that_excludes_the_global_list_reaches_nobody(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE, excludeLists=["GLOBAL_CONTACT_LIST"])
    autosend.advance("1h")
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert details["status"] == "failed"
    assert details["excludeLists"] == [
        {"id": "GLOBAL_CONTACT_LIST", "name": "All Contacts", "type": "list", "contactCount": 74}
    ]


@pytest.mark.parametrize("field", ["toLists", "excludeLists"])
def test_a_list_that_is_gone_is_not_shown_and_keeps_a_campaign_from_being_sent(
    autosend: AutoSend, field: str
) -> None:
    gone = str(autosend.data("POST", "/contact-lists", {"name": "Gone"})["id"])
    campaign = create(autosend, **{field: [gone, READERS]})
    autosend.call("DELETE", f"/contact-lists/{gone}")
    assert [one["id"] for one in autosend.data("GET", f"/campaigns/{campaign}")[field]] == [READERS]
    for publication in ({"publish": True}, {"sendNow": True}, {"scheduledAt": "2026-04-01T00:00:00Z"}):
        details = autosend.call("PATCH", f"/campaigns/{campaign}", publication).json()["error"]["details"]
        assert details == [{"field": field, "message": f"Contact list not found: {gone}"}]
    autosend.data(
        "PATCH", f"/campaigns/{campaign}", {"publish": True, "toLists": [READERS], "excludeLists": []}
    )


def test_other_lists_leave_the_global_one_chosen(autosend: AutoSend) -> None:
    campaign = create(autosend, sendToGlobalList=True)
    autosend.data("PATCH", f"/campaigns/{campaign}", {"toLists": ["66a0c1d2e3f4a5b6c7d8dd01"]})
    assert autosend.data("GET", f"/campaigns/{campaign}")["sendToGlobalList"] is True


def test_the_global_list_can_be_taken_away(autosend: AutoSend) -> None:
    campaign = create(autosend, toLists=["GLOBAL_CONTACT_LIST", READERS])
    autosend.data("PATCH", f"/campaigns/{campaign}", {"sendToGlobalList": False})
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert (details["sendToGlobalList"], [one["id"] for one in details["toLists"]]) == (False, [READERS])


@pytest.mark.parametrize("reply_to", [{}, {"replyTo": ""}, {"replyTo": None}])
def test_without_an_address_for_answers_it_is_an_empty_text(
    autosend: AutoSend, reply_to: dict[str, Any]
) -> None:
    made = autosend.data("POST", "/campaigns", DRAFT | reply_to)
    assert (made["replyTo"], autosend.data("GET", f"/campaigns/{made['id']}")["replyTo"]) == ("", "")
