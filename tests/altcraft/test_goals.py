"""Goals that people reach: what is stored of them, rules on them, and changes of the person by them."""

import json
from typing import Any

import pytest

from tests.altcraft.apps import BY_EMAIL, App
from tests.altcraft.conftest import SUBACCOUNT, SUCCESS, VIEW_ONLY, Altcraft
from tests.altcraft.test_history import happened
from tests.altcraft.test_mobile_events import noted
from tests.altcraft.test_profiles_writing import profile, write

PATH = "/goals/register"
ANN: dict[str, Any] = {"db_id": 1, "pixel_id": 1, "email": "ann@example.com"}
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/67.0 Safari/537.36"
NO_NAME = "must have up to 128 letters, digits, spaces and common signs"


def register(altcraft: Altcraft, **body: Any) -> Any:
    """Register goals of Ann; return the whole response."""
    return altcraft.answer(PATH, **ANN | body)


def goals(altcraft: Altcraft) -> list[Any]:
    """Return the goals in Ann's history."""
    rows = altcraft.data("/subscribers/history_get", list_id=1, email="ann@example.com")
    return [row for row in rows if row["action"] == "goal"]


def kept(altcraft: Altcraft) -> list[tuple[Any, int]]:
    """Return the stored details of each goal, and whether it is silent."""
    statement = "SELECT details, is_silent FROM altcraft_past WHERE action = 'goal' ORDER BY id"
    return [(json.loads(details), silent) for details, silent in altcraft.emulator.query(statement)]


def reaching(altcraft: Altcraft, goal: str, operator: str = "exist", **arguments: object) -> int:
    """Return how many profiles a rule on a goal selects."""
    value = [{"name": name, "value": said} for name, said in arguments.items()]
    rule = {"type": "goal", "name": goal, "operator": operator, "value": value}
    items = [{"list_id": 1, "condition": "and", "queries": [rule]}]
    segment = altcraft.data("/segments/add/", name="Goals", is_static=False, segment=items)["saved_id"]
    return int(altcraft.data("/segments/get/", id=segment)["count"])


def test_a_goal_stands_in_the_history_of_the_profile(altcraft: Altcraft) -> None:
    answer = register(altcraft, goal="card", value=10.5, pixel_data={"key": "value"})
    (row,) = goals(altcraft)
    done = {"error": 0, "error_text": "Successful operation"}
    assert answer == done | {"profile_id": row["profile_id"]}
    assert (row["goal"], row["value"], row["pixel_id"]) == ("card", 10.5, 1)
    assert (row["pixel_data"], row["datetime"]) == ({"key": "value"}, "2026-03-15T14:30:00.000Z")


def test_several_goals_come_at_once(altcraft: Altcraft) -> None:
    register(altcraft, goal="card", value=1, goals=[{"goal": "order", "value": -25.5}, {"goal": "visit"}])
    found = [(row["goal"], row.get("value")) for row in goals(altcraft)]
    assert found == [("card", 1.0), ("order", -25.5), ("visit", None)]


def test_a_goal_is_at_the_time_that_is_told(altcraft: Altcraft) -> None:
    register(altcraft, goal="card", date="2006-01-25T15:04:05+07:00")
    first = altcraft.data("/subscribers/history_get", list_id=1, email="ann@example.com")[0]
    assert (first["action"], first["datetime"]) == ("goal", "2006-01-25T08:04:05.000Z")
    assert first["event_id"][:8] == f"{1138176245:08x}"
    assert reaching(altcraft, "card") == 1
    assert reaching(altcraft, "card", days=30) == 0


def test_a_goal_that_is_yet_to_come_is_not_of_the_last_days(altcraft: Altcraft) -> None:
    register(altcraft, goal="card", date="2026-03-20T10:00:00Z")
    assert (reaching(altcraft, "card"), reaching(altcraft, "card", days=3)) == (1, 0)


def test_rules_of_segments_look_at_goals(altcraft: Altcraft) -> None:
    register(altcraft, goal="order", value=-25.5)
    register(altcraft, goal="order", value=100)
    assert reaching(altcraft, "order", pixel_id=1) == 1
    assert reaching(altcraft, "order", pixel_id=7) == 0
    assert reaching(altcraft, "order", value_to=0) == 1
    assert reaching(altcraft, "order", value_from=101) == 0
    assert reaching(altcraft, "order", "at_least", count=2) == 1
    assert reaching(altcraft, "card") == 0


def test_goals_of_apps_and_of_clients_are_the_same(altcraft: Altcraft) -> None:
    noted(altcraft, App(altcraft, BY_EMAIL), wn="card", wd={"sum": 3})
    altcraft.answer(PATH, **ANN | {"pixel_id": 7, "goal": "card", "pixel_data": {"sum": 3}})
    by_app, by_client = goals(altcraft)
    assert by_app == by_client | {"event_id": by_app["event_id"]}
    assert reaching(altcraft, "card", "at_least", count=2, pixel_id=7) == 1


def test_all_that_is_told_of_a_goal_is_kept(altcraft: Altcraft) -> None:
    told = {
        "referer": "api.example.com",
        "user_agent": CHROME,
        "accept_language": "fr-CH, fr;q=0.9",
        "client_ip": "192.0.2.7",
        "is_test": True,
        "vendor": "form #30",
        "external_id": "7",
    }
    register(altcraft, goal="card", unknown=1, **told)
    assert kept(altcraft) == [({"goal": "card", "pixel_id": 1, "data": {}} | told, 0)]
    assert goals(altcraft)[0]["is_test"] is True


@pytest.mark.parametrize(
    ("user_agent", "browser"),
    [
        (CHROME, "Chrome"),
        (f"{CHROME} Edg/120.0.0.0", "Edge"),
        (f"{CHROME} OPR/105.0", "Opera"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/118.0 YaBrowser/23.11 Safari/537.36", "Yandex"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15", "Safari"),
        ("curl/8.5.0", "Netscape"),
    ],
)
def test_a_goal_tells_the_browser(altcraft: Altcraft, user_agent: str, browser: str) -> None:
    write(altcraft, "update", email="ann@example.com", data={"_browser": "Netscape"})
    register(altcraft, goal="card", user_agent=user_agent)
    assert profile(altcraft, "ann@example.com")["_browser"] == browser


def test_a_goal_enriches_the_profile(altcraft: Altcraft) -> None:
    register(altcraft, goal="card", vendor="form #30", client_ip="192.0.2.7")
    shown = profile(altcraft, "ann@example.com")
    assert (shown["_vendor"], shown["_ip"], shown["_browser"]) == ("form #30", "192.0.2.7", "Chrome")
    assert happened(altcraft, list_id=1, email="ann@example.com")[-2:] == ["update", "goal"]


def test_a_goal_leaves_the_profile_alone_where_that_is_asked(altcraft: Altcraft) -> None:
    before = profile(altcraft, "ann@example.com")
    register(altcraft, goal="card", vendor="form #30", client_ip="192.0.2.7", enrich_profile=False)
    assert profile(altcraft, "ann@example.com") == before
    assert kept(altcraft)[0][0]["vendor"] == "form #30"


def test_nothing_starts_by_a_goal_that_says_so(altcraft: Altcraft) -> None:
    register(altcraft, goal="card", vendor="form #30", skip_triggers=True)
    assert kept(altcraft)[0][1] == 1
    statement = "SELECT is_silent FROM altcraft_past WHERE action = 'update'"
    assert altcraft.emulator.query(statement) == [(1,)]
    assert len(goals(altcraft)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "card",
        "Корзина, 2 товара",
        "a\tb",
        "$5 = €4 + ₽1 - £0",
        "!#%&*+-.,:;'=?@^_()[]/\\|",
        "x" * 128,
    ],
)
def test_names_of_goals_have_letters_digits_and_common_signs(altcraft: Altcraft, name: str) -> None:
    register(altcraft, goals=[{"goal": name}])
    assert [row["goal"] for row in goals(altcraft)] == [name]
    assert reaching(altcraft, name) == 1


@pytest.mark.parametrize("name", ["x" * 129, "a\nb", "a<b", 'say "card"', "ärger", "a{b}", "a`b", "🛒"])
def test_a_name_with_other_signs_or_too_long_is_refused(altcraft: Altcraft, name: str) -> None:
    refusals = [
        altcraft.refused(PATH, **ANN, goal=name),
        altcraft.refused(PATH, **ANN, goals=[{"goal": name}]),
    ]
    assert refusals == [(400, f"Incorrect request: {place}: {NO_NAME}") for place in ("goal", "goals.0.goal")]
    assert goals(altcraft) == []


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"key": "value", "array": [1, 2, 3]},
        {"a": 1, "b": 2.5, "c": True, "d": None},
        {"k": "x" * (1024 - len('{"k":""}'))},
    ],
)
def test_the_data_of_a_pixel_is_kept(altcraft: Altcraft, data: dict[str, Any]) -> None:
    register(altcraft, goal="card", pixel_data=data)
    assert goals(altcraft)[0].get("pixel_data", {}) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"a": {"b": 1}}, "must be flat: it has an object, or a list in a list"),
        ({"a": [{"b": 1}]}, "must be flat: it has an object, or a list in a list"),
        ({"a": [[1]]}, "must be flat: it has an object, or a list in a list"),
        ({"k": "x" * (1025 - len('{"k":""}'))}, "must have at most 1024 bytes of JSON"),
        ({"k": "й" * 512}, "must have at most 1024 bytes of JSON"),
        ([1], "Input should be a valid object"),
        ("text", "Input should be a valid object"),
    ],
)
def test_data_that_is_not_flat_or_too_large_is_refused(altcraft: Altcraft, data: object, reason: str) -> None:
    refusal = altcraft.refused(PATH, **ANN, goal="card", pixel_data=data)
    assert refusal == (400, f"Incorrect request: pixel_data: {reason}")


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (400, "Incorrect request: goal: Field required")),
        ({"goals": []}, (400, "Incorrect request: goal: Field required")),
        ({"goal": ""}, (400, "Incorrect request: goal: Field required")),
        ({"goals": [{"value": 1}]}, (400, "Incorrect request: goals.0.goal: Field required")),
        ({"goal": "card", "db_id": None}, (400, "Incorrect request: db_id: Field required")),
        ({"goal": "card", "pixel_id": None}, (400, "Incorrect request: pixel_id: Field required")),
        ({"goal": "card", "value": "much"}, (400, "Incorrect request: value: Input should be a valid")),
        ({"goal": "card", "value": True}, (400, "Incorrect request: value: Input should be a valid")),
        ({"goal": "card", "value": 10**400}, (400, "Incorrect request: value: ")),
        ({"goal": "card", "date": "2026-03-15"}, (400, "Incorrect request: date: must be an RFC 3339")),
        ({"goal": "card", "client_ip": "here"}, (400, "Incorrect request: client_ip: ")),
        ({"goal": "card", "is_test": 1}, (400, "Incorrect request: is_test: ")),
        ({"goal": "card", "matching": "push_sub"}, (400, "Incorrect request: matching: must be one of ")),
        ({"goal": "card", "email": None}, (400, "Incorrect request: email: Field required")),
        ({"goal": "card", "email": "x@example.com"}, (404, "Object not found: profile email=x@example.com")),
        ({"goal": "card", "db_id": 99}, (404, "Object not found: database 99")),
        ({"goal": "card", "pixel_id": 99}, (404, "Object not found: pixel 99")),
        ({"goal": "card", "pixel_id": 9}, (404, "Object not found: pixel 9")),
        (
            {"goal": "card", "matching": "custom", "field_name": "LOYALTY_SCORE", "field_value": 100},
            (409, "More than one profile matches: LOYALTY_SCORE=100"),
        ),
    ],
)  # fmt: skip
def test_a_wrong_request_is_refused_and_changes_nothing(
    altcraft: Altcraft, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    before = profile(altcraft, "ann@example.com")
    code, text = altcraft.refused(PATH, **ANN | {"vendor": "form #30"} | body)
    assert (code, text[: len(refusal[1])]) == refusal
    assert (profile(altcraft, "ann@example.com"), kept(altcraft)) == (before, [])


@pytest.mark.parametrize(
    "match",
    [
        {"matching": "email"},
        {"matching": "email_profile"},
        {"matching": "phone", "phone": "+7 900 000 00 01"},
        {"email": None, "phone": "+79000000001"},
        {"matching": "custom", "field_name": "CRM_ID", "field_value": "12"},
        {"matching": "custom", "field_name": "custom_tags", "field_value": "cars, dogs"},
    ],
)
def test_the_profile_is_found_in_five_modes(altcraft: Altcraft, match: dict[str, Any]) -> None:
    profile_id = write(
        altcraft, "update", email="ann@example.com", data={"CRM_ID": 12, "custom_tags": ["dogs", "cars"]}
    )
    assert register(altcraft, goal="card", **match)["profile_id"] == profile_id
    by_id = {"matching": "profile_id", "profile_id": profile_id}
    assert register(altcraft, goal="card", **by_id)["profile_id"] == profile_id


def test_goals_are_told_in_xml(altcraft: Altcraft) -> None:
    whom = "<db_id>1</db_id><pixel_id>1</pixel_id><email>ann@example.com</email>"
    several = "<goals array='true'><goal>card</goal><value>-25.5</value></goals>"
    data = "<pixel_data><key>value</key><array>1</array><array>2</array></pixel_data>"
    answer = altcraft.xml(PATH, f"{whom}{several}{data}<is_test>true</is_test>")
    (row,) = goals(altcraft)
    assert (row["goal"], row["value"], row["is_test"]) == ("card", -25.5, True)
    assert row["pixel_data"] == {"key": "value", "array": ["1", "2"]}
    assert answer.text == (
        "<xml><error>0</error><error_text>Successful operation</error_text>"
        f"<profile_id>{row['profile_id']}</profile_id></xml>"
    )
    assert "<error>0</error>" in altcraft.xml(PATH, f"{whom}<goal>card</goal><pixel_data/><goals/>").text


def test_a_repeated_request_is_one_goal(altcraft: Altcraft) -> None:
    for _ in range(2):
        answer = altcraft.call(PATH, headers={"Request-ID": "one"}, goal="card", **ANN)
    assert answer.headers["Duplicate-Request"] == "true"
    assert len(goals(altcraft)) == 1


def test_goals_need_their_right(altcraft: Altcraft) -> None:
    assert altcraft.refused(PATH, token=VIEW_ONLY, goal="card", **ANN) == (403, "Access denied")


def test_a_database_in_another_group_is_not_there(altcraft: Altcraft) -> None:
    refusal = (404, "Object not found: database 1")
    assert altcraft.refused(PATH, token=SUBACCOUNT, goal="card", **ANN) == refusal
    eve: dict[str, Any] = {"db_id": 2, "pixel_id": 9, "email": "eve@example.com"}
    assert altcraft.call(PATH, token=SUBACCOUNT, goal="card", **eve).json()["error"] == 0


def test_a_goal_goes_with_its_profile(altcraft: Altcraft) -> None:
    profile_id = register(altcraft, goal="card")["profile_id"]
    deleted = altcraft.answer("/profiles/delete", db_id=1, email="ann@example.com")
    assert deleted == SUCCESS | {"data": {"profile_id": profile_id}}
    assert (kept(altcraft), reaching(altcraft, "card")) == ([], 0)


def test_a_sandbox_has_goals_of_its_own(altcraft: Altcraft) -> None:
    box = altcraft.emulator.sandbox("other")
    body = ANN | {"goal": "card"}
    answer = altcraft.emulator.http.post(f"/api/v1.1{PATH}", json=body, headers=box.altcraft)
    assert answer.json()["error"] == 0
    assert goals(altcraft) == []
