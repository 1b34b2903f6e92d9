"""Templates of one-time passwords: https://telcowwt.com/documentations/rest-api/2fa-api/."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs

PATH = "/2fa/authentications/templates"
NEW = {"name": "Sign in", "text": "Your code is {code2fa}", "countries": ["UA"]}
INVALID = "The given data was invalid."


def create(rcs: Rcs, **settings: Any) -> Any:
    return rcs.data("POST", PATH, NEW | settings)


def statuses(rcs: Rcs, **params: Any) -> dict[int, str]:
    found = rcs.data("GET", PATH, params=params)
    return {one["template_id"]: one["status"] for one in found["list"]}


def test_a_template_is_approved_after_a_minute(rcs: Rcs) -> None:
    made = create(rcs)
    number = made["template_id"]
    assert (made["status"], made["countries"], made["updated_at"]) == (
        "requested",
        ["UA"],
        "2026-03-15 14:30:00",
    )
    rcs.advance("1m")
    found = rcs.data("GET", f"{PATH}/{number}")
    assert (found["status"], found["updated_at"]) == ("approved", "2026-03-15 14:31:00")


@pytest.mark.parametrize("settings", [{"name": "Rejected"}, {"text": "Reject {code2fa}"}])
def test_a_template_that_is_rejected(rcs: Rcs, settings: Any) -> None:
    number = create(rcs, **settings)["template_id"]
    rcs.advance("1m")
    assert rcs.data("GET", f"{PATH}/{number}")["status"] == "rejected"


@pytest.mark.parametrize("countries", [[], None])
def test_a_template_without_countries_is_for_all(rcs: Rcs, countries: Any) -> None:
    assert create(rcs, countries=countries)["countries"] == []


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"text": "Your code is {code}"}, "The variable {code2fa} is required in the text"),
        ({"text": "{code2fa} {code2fa}"}, "The {code2fa} variable must occur only once in the text"),
        ({"name": "Default"}, "User has a template with the identical name!"),
    ],
)
def test_why_a_template_is_refused(rcs: Rcs, settings: Any, error: str) -> None:
    assert rcs.refused("POST", PATH, NEW | settings) == (422, INVALID, [error])


def test_ten_templates_wait_at_most(rcs: Rcs) -> None:
    for number in range(9):
        create(rcs, name=f"Sign in {number}")
    status, message, [error] = rcs.refused("POST", PATH, NEW)
    assert (status, message) == (422, INVALID)
    assert error.startswith("The number of requests to create a template is limited to 10.")
    rcs.call("DELETE", f"{PATH}/516")
    create(rcs)


@pytest.mark.parametrize("mode", ["test", "demo"])
def test_only_live_accounts_ask_for_templates(rcs: Rcs, mode: str) -> None:
    rcs.emulator.query("UPDATE rcs_account SET mode = ?", mode)
    text = "This action is not available for the account of your type"
    assert rcs.refused("POST", PATH, NEW) == (422, INVALID, [text])


@pytest.mark.parametrize(
    ("settings", "errors"),
    [
        ({"name": "ab"}, {"name": ["This value is too short. It should have 3 characters or more."]}),
        ({"countries": ["XX"]}, {"countries0": ["This value is not a valid country."]}),
        ({"text": 5}, {"text": ["This value should be of type string."]}),
    ],
)
def test_what_is_wrong(rcs: Rcs, settings: Any, errors: Any) -> None:
    assert rcs.wrong(PATH, NEW | settings) == errors


def test_templates_are_listed(rcs: Rcs) -> None:
    assert statuses(rcs) == {12: "approved", 515: "approved", 516: "requested", 517: "rejected"}
    assert statuses(rcs, **{"filter[status]": "rejected"}) == {517: "rejected"}
    assert list(statuses(rcs, **{"filter[ids]": [12, 516]})) == [12, 516]
    assert list(statuses(rcs, **{"filter[ids]": "12,516"})) == [12, 516]
    assert list(statuses(rcs, sort="name", way="desc")) == [517, 516, 515, 12]
    assert rcs.refused("GET", PATH, params={"filter[ids]": "x"})[2] == {
        "filterids": ["This value is not valid."]
    }


def test_a_deleted_template_is_shown_on_demand(rcs: Rcs) -> None:
    assert rcs.data("DELETE", f"{PATH}/515") == {"status": "Successfully removed"}
    assert 515 not in statuses(rcs)
    assert statuses(rcs, **{"filter[status]": "deleted"}) == {515: "deleted"}
    assert rcs.data("GET", f"{PATH}/515")["status"] == "deleted"
    gone = (404, "TwoFA Service error.", ["Template not found"])
    assert rcs.refused("DELETE", f"{PATH}/515") == gone
    otp = {"recipient": "380671112233", "channel": "sms", "sender": "MyShop", "template_id": 515}
    otp |= {"code_lifetime": 300, "code_max_tries": 3, "code_digits": 5}
    assert rcs.refused("POST", "/2fa/authentications/otp", otp)[2] == ["Template not found"]


def test_the_default_template_stays(rcs: Rcs) -> None:
    error = "Default template is not available for deletion"
    assert rcs.refused("DELETE", f"{PATH}/12") == (422, INVALID, [error])


@pytest.mark.parametrize("number", ["99", "x"])
def test_an_unknown_template(rcs: Rcs, number: str) -> None:
    answer = rcs.call("GET", f"{PATH}/{number}")
    assert (answer.status_code, answer.json()) == (404, {"message": "Model not found"})
    assert rcs.refused("DELETE", f"{PATH}/{number}")[2] == ["Template not found"]
