"""Templates: https://docs.autosend.com/api-reference/templates."""

from typing import Any

import pytest

from emulator.autosend.templates import plain_text, with_preview
from tests.autosend.campaigns import DRAFT, RELEASE, create, status_of
from tests.autosend.conftest import OTHER_PROJECT, AutoSend

WELCOME, NEWSLETTER = "A-0f1e2d3c4b5a6978879a", "A-0f1e2d3c4b5a69788796"
SHOP, MAGAZINE = "66a0c1d2e3f4a5b6c7d82001", "66a0c1d2e3f4a5b6c7d82003"
MADE = {"templateName": "Receipt", "subject": "Your order", "emailTemplate": "<p>Thanks</p>"}
UNKNOWN = ["A-00000000000000000000", "nope", "%00", "é"]
NOT_FOUND = {
    "success": False,
    "error": {"message": "Template not found", "code": "TEMPLATE_NOT_FOUND", "status": 404},
}
DELETE_FAILED = {
    "success": False,
    "error": {"message": "Template delete failed", "code": "DELETE_TEMPLATE_FAILED", "status": 400},
}


def template(autosend: AutoSend, template_id: str = WELCOME) -> dict[str, Any]:
    found: dict[str, Any] = autosend.data("GET", f"/templates/{template_id}")
    return found


def make(autosend: AutoSend, **fields: Any) -> str:
    return str(autosend.data("POST", "/templates", MADE | fields)["templateId"])


def found(autosend: AutoSend, query: str) -> list[str]:
    return [one["templateName"] for one in autosend.data("GET", f"/templates{query}")["templates"]]


def fields_refused(autosend: AutoSend, method: str, path: str, body: Any = None) -> list[str]:
    answer = autosend.call(method, path, body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["code"] == "VALIDATION_FAILED"
    return [detail["field"] for detail in answer.json()["error"]["details"]]


def test_a_new_template_is_transactional_code_with_the_text_of_its_html(autosend: AutoSend) -> None:
    made = make(autosend)
    assert made.startswith("A-")
    assert len(made) == 22
    assert template(autosend, made) == {
        "templateId": made,
        "templateName": "Receipt",
        "description": "",
        "subject": "Your order",
        "previewText": "",
        "emailTemplate": "<p>Thanks</p>",
        "templateType": "transactional",
        "builderType": "code",
        "createdAt": "2026-03-15T14:30:00.000Z",
        "updatedAt": "2026-03-15T14:30:00.000Z",
        "projectId": "66a0c1d2e3f4a5b6c7d8aaaa",
        "plainTextTemplate": "Thanks",
        "dynamicVariables": {},
    }


def test_name_and_subject_are_enough(autosend: AutoSend) -> None:
    made = autosend.data("POST", "/templates", {"templateName": "n", "subject": "s"})
    assert (made["emailTemplate"], made["description"], made["previewText"]) == ("", "", "")


@pytest.mark.parametrize(
    ("field", "longest"),
    [("templateName", 90), ("subject", 988), ("description", 140), ("previewText", 140)],
)
def test_texts_have_a_greatest_length(autosend: AutoSend, field: str, longest: int) -> None:
    assert autosend.data("POST", "/templates", MADE | {field: "x" * longest})[field] == "x" * longest
    assert fields_refused(autosend, "POST", "/templates", MADE | {field: "x" * (longest + 1)}) == [field]
    path = f"/templates/{WELCOME}"
    assert fields_refused(autosend, "PUT", path, {field: "x" * (longest + 1)}) == [field]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"templateName": None}, "templateName"),
        ({"templateName": ""}, "templateName"),
        ({"subject": ""}, "subject"),
        ({"emailTemplate": "x" * (4 * 1024 * 1024 + 1)}, "emailTemplate"),
        ({"templateType": "automations"}, "templateType"),
        ({"builderType": "editor"}, "builderType"),
        ({"dynamicVariables": ["firstName"]}, "dynamicVariables"),
        ({"dynamicVariables": {"firstName": {}}}, "dynamicVariables.firstName"),
        ({"senderId": MAGAZINE}, "senderId"),
        ({"senderId": "nope"}, "senderId"),
        ({"senderId": 5}, "senderId"),
    ],
)
def test_a_wrong_field_is_named(autosend: AutoSend, change: dict[str, Any], field: str) -> None:
    before = found(autosend, "")
    assert fields_refused(autosend, "POST", "/templates", MADE | change) == [field]
    assert found(autosend, "") == before


@pytest.mark.parametrize("change", [{"templateName": ""}, {"templateType": "x"}, {"senderId": MAGAZINE}])
def test_a_refused_update_changes_nothing(autosend: AutoSend, change: dict[str, Any]) -> None:
    before = template(autosend)
    assert autosend.refused("PUT", f"/templates/{WELCOME}", {"subject": "New"} | change)[0] == 400
    assert template(autosend) == before


def test_an_update_changes_the_given_fields_alone(autosend: AutoSend) -> None:
    autosend.advance("1h")
    before = template(autosend)
    change = {"subject": "Hello", "description": None, "templateType": "marketing", "builderType": "visual"}
    answer = autosend.data("PUT", f"/templates/{WELCOME}", change)
    assert (answer["subject"], answer["builderType"]) == ("Hello", "code")
    updated = {"subject": "Hello", "templateType": "marketing", "updatedAt": "2026-03-15T15:30:00.000Z"}
    assert template(autosend) == before | updated


def test_new_html_brings_new_plain_text(autosend: AutoSend) -> None:
    autosend.data("PUT", f"/templates/{WELCOME}", {"emailTemplate": "<p>One</p><p>Two</p>"})
    assert template(autosend)["plainTextTemplate"] == "One\nTwo"


@pytest.mark.parametrize("nobody", [None, ""])
def test_a_template_shows_its_sender_as_long_as_it_has_one(autosend: AutoSend, nobody: str | None) -> None:
    shop = {"id": SHOP, "name": "Example Shop", "email": "hello@example.com", "replyTo": ""}
    assert template(autosend)["sender"] == shop
    autosend.data("PUT", f"/templates/{WELCOME}", {"senderId": nobody})
    assert "sender" not in template(autosend)
    autosend.data("PUT", f"/templates/{WELCOME}", {"senderId": SHOP})
    assert template(autosend)["sender"] == shop


def test_names_need_not_differ(autosend: AutoSend) -> None:
    assert make(autosend) != make(autosend)


def test_a_preview_text_stands_in_the_html_once(autosend: AutoSend) -> None:
    for preview in ("New <b>this</b> week", "Newer"):
        after = autosend.data("PATCH", f"/templates/{WELCOME}/preview-text", {"previewText": preview})
        assert after["previewText"] == preview
        assert "emailTemplate" not in after
    changed = template(autosend)
    assert changed["emailTemplate"] == (
        '<div data-preview-text style="display:none">Newer</div><h1>Hi {{firstName}}</h1>'
    )
    assert changed["plainTextTemplate"] == "Hi {{firstName}}"


@pytest.mark.parametrize(
    ("change", "html"),
    [
        (
            {"previewText": "Second"},
            '<div data-preview-text style="display:none">Second</div><h1>Hi {{firstName}}</h1>',
        ),
        ({"emailTemplate": "<p>Hi</p>"}, '<div data-preview-text style="display:none">First</div><p>Hi</p>'),
        (
            {"emailTemplate": "<p>Hi</p>", "previewText": "Second"},
            '<div data-preview-text style="display:none">Second</div><p>Hi</p>',
        ),
        ({"previewText": ""}, "<h1>Hi {{firstName}}</h1>"),
        ({"emailTemplate": "  "}, "  "),
    ],
)
def test_a_preview_in_the_html_stays_the_current_one(
    autosend: AutoSend, change: dict[str, str], html: str
) -> None:
    autosend.data("PUT", f"/templates/{WELCOME}", {"previewText": "Zero"})
    assert template(autosend)["emailTemplate"] == "<h1>Hi {{firstName}}</h1>"
    autosend.data("PATCH", f"/templates/{WELCOME}/preview-text", {"previewText": "First"})
    assert autosend.data("PUT", f"/templates/{WELCOME}", change)["emailTemplate"] == html


@pytest.mark.parametrize("body", [{}, {"previewText": None}, {"previewText": "x" * 141}])
def test_a_preview_text_is_required_and_short(autosend: AutoSend, body: Any) -> None:
    assert fields_refused(autosend, "PATCH", f"/templates/{WELCOME}/preview-text", body) == ["previewText"]


@pytest.mark.parametrize("template_id", UNKNOWN)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", "", None), ("PUT", "", {}), ("PATCH", "/preview-text", {"previewText": ""})],
)
def test_an_unknown_template_is_not_found(
    autosend: AutoSend, method: str, path: str, body: Any, template_id: str
) -> None:
    answer = autosend.call(method, f"/templates/{template_id}{path}", body)
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize("template_id", UNKNOWN)
def test_an_unknown_template_can_not_be_deleted(autosend: AutoSend, template_id: str) -> None:
    answer = autosend.call("DELETE", f"/templates/{template_id}")
    assert (answer.status_code, answer.json()) == (400, DELETE_FAILED)


def test_a_deleted_template_is_gone_everywhere(autosend: AutoSend) -> None:
    answer = autosend.call("DELETE", f"/templates/{WELCOME}")
    assert answer.json() == {"success": True, "message": "Template successfully deleted."}
    assert autosend.call("GET", f"/templates/{WELCOME}").json() == NOT_FOUND
    assert autosend.call("DELETE", f"/templates/{WELCOME}").json() == DELETE_FAILED
    assert found(autosend, "") == ["Newsletter"]
    assert found(autosend, "/search?query=welcome") == []
    campaign = DRAFT | {"templateId": WELCOME}
    assert fields_refused(autosend, "POST", "/campaigns", campaign) == ["templateId"]


def test_a_draft_whose_template_was_deleted_can_not_be_published(autosend: AutoSend) -> None:
    draft = create(autosend, templateId=WELCOME, htmlTemplate=None)
    autosend.call("DELETE", f"/templates/{WELCOME}")
    refused = fields_refused(autosend, "PATCH", f"/campaigns/{draft}", {"publish": True})
    assert refused == ["templateId"]


def test_what_was_scheduled_before_is_sent(autosend: AutoSend) -> None:
    campaign = create(autosend, templateId=WELCOME, htmlTemplate=None, **RELEASE)
    autosend.call("DELETE", f"/templates/{WELCOME}")
    autosend.advance("1h")
    assert status_of(autosend, campaign) == "sent"
    html = autosend.emulator.http.get(
        f"/_emulator/messages/{autosend.messages('ann@example.com')[-1]['id']}/html"
    )
    assert html.text.startswith("<h1>Hi {{firstName}}</h1>")


def test_the_list_is_the_newest_first_with_content(autosend: AutoSend) -> None:
    make(autosend)
    assert found(autosend, "") == ["Receipt", "Welcome", "Newsletter"]
    newest = autosend.data("GET", "/templates?limit=1")
    assert list(newest) == ["templates"]
    (receipt,) = newest["templates"]
    assert (receipt["emailTemplate"], receipt["plainTextTemplate"]) == ("<p>Thanks</p>", "Thanks")
    assert receipt["dynamicVariables"] == {}
    assert found(autosend, "?templateType=marketing") == ["Newsletter"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Receipt", "Welcome", "Newsletter"]),
        ("?query=WELC", ["Welcome"]),
        ("?query=order", ["Receipt"]),
        ("?query=4b5a6978879a", ["Welcome"]),
        ("?query=%25", []),
        ("?templateType=marketing", ["Newsletter"]),
        ("?templateName=Welcome", ["Welcome"]),
        ("?templateName=welcome", []),
        ("?subject=your", ["Receipt"]),
        (f"?templateId={NEWSLETTER}", ["Newsletter"]),
        ("?query=e&templateType=transactional&subject=order", ["Receipt"]),
        ("?sortBy=templateName", ["Newsletter", "Receipt", "Welcome"]),
        ("?sortBy=subject", ["Welcome", "Newsletter", "Receipt"]),
        ("?sortBy=updatedAt", ["Newsletter", "Receipt", "Welcome"]),
        ("?limit=2&page=2", ["Newsletter"]),
        ("?page=1000000000", []),
    ],
)
def test_a_search(autosend: AutoSend, query: str, expected: list[str]) -> None:
    make(autosend)
    autosend.data("PUT", f"/templates/{WELCOME}", {"subject": "Aboard"})
    autosend.advance("1s")
    autosend.data("PUT", f"/templates/{NEWSLETTER}", {"subject": "News"})
    assert found(autosend, f"/search{query}") == expected


def test_a_search_is_paged_and_shows_no_html(autosend: AutoSend) -> None:
    page = autosend.data("GET", "/templates/search?limit=1")
    assert page["pagination"] == {"page": 1, "limit": 1, "total": 2, "pages": 2}
    assert "emailTemplate" not in page["templates"][0]
    assert autosend.data("GET", "/templates/search")["pagination"]["limit"] == 10


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?limit=0", "limit"),
        ("?limit=101", "limit"),
        ("?templateType=automation", "templateType"),
        ("/search?limit=0", "limit"),
        ("/search?page=0", "page"),
        ("/search?page=1000000001", "page"),
        ("/search?page=x", "page"),
        ("/search?sortBy=colour", "sortBy"),
        ("/search?templateType=automation", "templateType"),
    ],
)
def test_a_wrong_filter_is_refused(autosend: AutoSend, query: str, field: str) -> None:
    assert fields_refused(autosend, "GET", f"/templates{query}") == [field]


def test_templates_of_another_project_do_not_exist(autosend: AutoSend) -> None:
    def status(method: str, path: str, body: Any = None) -> int:
        return autosend.call(method, f"/templates{path}", body, headers=OTHER_PROJECT).status_code

    assert status("GET", f"/{WELCOME}") == status("PUT", f"/{WELCOME}", {}) == 404
    assert status("DELETE", f"/{WELCOME}") == 400
    listed = autosend.call("GET", "/templates", headers=OTHER_PROJECT)
    assert listed.json()["data"] == {"templates": []}
    assert template(autosend)["subject"] == "Welcome {{firstName}}"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("Hi", "Hi"),
        ("<" + "a" * 200_000, "<" + "a" * 200_000),
        ("<h1>Hi {{name}}</h1><p>One&nbsp;&amp; two<br/>three</p>", "Hi {{name}}\nOne & two\nthree"),
        ("<head><title>x</title></head><style>p > a {}</style><p>y</p>", "y"),
        ("<script>never closed", ""),
        ("<!doctype html><!-- no -->5 < 6 > 4", "5 < 6 > 4"),
        ("<" * 100_000, "<" * 100_000),
        ("<style>" * 100_000, ""),
        ("<" + "a" * 1_000_000, "<" + "a" * 1_000_000),
    ],
)
def test_plain_text_of_html(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", ""),
        (
            '<html><BODY class="x"><p>',
            '<html><BODY class="x"><div data-preview-text style="display:none">a</div><p>',
        ),
    ],
)
def test_a_preview_begins_the_body(html: str, expected: str) -> None:
    assert with_preview(html, "a") == expected
    assert with_preview(expected, "") == html
