"""List Automations: https://docs.autosend.com/api-reference/automations/list-automations."""

import pytest

from tests.autosend.automations import create
from tests.autosend.conftest import AutoSend

WELCOME, WIN_BACK = "66b3c4d5e6f7a8b9c0d10001", "66b3c4d5e6f7a8b9c0d10002"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [WIN_BACK, WELCOME]),
        ("?status=active", [WELCOME]),
        ("?status=archived", []),
        ("?tags=onboarding", [WELCOME]),
        ("?tags=other,%20onboarding", [WELCOME]),
        ("?tags=onboard", []),
        ("?tags=,", [WIN_BACK, WELCOME]),
        ("?limit=1", [WIN_BACK]),
        ("?limit=1&page=2", [WELCOME]),
        ("?page=1000000000", []),
    ],
)
def test_the_list_can_be_chosen_from(autosend: AutoSend, query: str, found: list[str]) -> None:
    page = autosend.data("GET", f"/automations{query}")
    assert [one["id"] for one in page["workflowAutomations"]] == found


@pytest.mark.parametrize("tag", ["näch", "новости", 'say "hi"', "back\\slash", "A & B"])
def test_a_tag_finds_what_has_it_without_outer_blanks(autosend: AutoSend, tag: str) -> None:
    made = create(autosend, tags=["other", f"  {tag} "], active=False)
    assert made["tags"] == ["other", tag]
    for query, found in ((tag, [made["id"]]), (tag[:-1], [])):
        page = autosend.call("GET", "/automations", params={"tags": query}).json()["data"]
        assert [one["id"] for one in page["workflowAutomations"]] == found


def test_the_list_is_paged(autosend: AutoSend) -> None:
    page = autosend.data("GET", "/automations?limit=1")["pagination"]
    assert page == {"page": 1, "limit": 1, "total": 2, "pages": 2}
    assert autosend.data("GET", "/automations")["pagination"]["limit"] == 50


@pytest.mark.parametrize("query", ["status=done", "page=0", "limit=101", "limit=0", "page=1000000001"])
def test_what_can_not_be_chosen(autosend: AutoSend, query: str) -> None:
    assert autosend.refused("GET", f"/automations?{query}")[1] == "VALIDATION_FAILED"
