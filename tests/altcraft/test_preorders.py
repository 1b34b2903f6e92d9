"""Orders that are calculated and then placed: https://guides.altcraft.com/en/developer-guide/loyalty/preorder."""

from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, VIEW_ONLY, Altcraft
from tests.altcraft.test_profiles_writing import write

ANN, BOB, CLEO = "ann@example.com", "bob+opened@example.com", "cleo+clicked@example.com"
"""Two members of the market's loyalty program, Ann with 800.50 active stars and a code; Cleo is no member."""


def line(price: str = "100", **more: Any) -> dict[str, Any]:
    return {"external_id": "line_1", "product": "iphone_1", "base_price_per_item": price} | more


def order(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    trade = {"endpoint": "website", "status": "new", "currency": "USD", "total_price": "100"}
    return trade | {"final_total_price": "95", "lines": [*lines] or [line()]} | more


def preorder(altcraft: Altcraft, data: dict[str, Any], email: str = ANN) -> Any:
    body = {"external_id": "P-1", "matching": "email", "email": email}
    return altcraft.data("/market/orders/preorder", **body, data=data)


def commit(altcraft: Altcraft, data: dict[str, Any], email: str = ANN, **more: Any) -> Any:
    body = {"external_id": "P-1", "email": email} | more
    return altcraft.data("/market/orders/preorder_commit", **body, data=data)


def balance(altcraft: Altcraft, email: str = ANN) -> str:
    body = {"loyalty_program_id": 12, "points_currency_eid": "stars", "matching": "email", "email": email}
    return str(altcraft.data("/loyalty/account/balance", **body)["active_balance"])


def test_promotions_take_percents_off_and_give_some_back(altcraft: Altcraft) -> None:
    found = preorder(altcraft, order(line("100", count=2), delivery_cost="10"))
    assert found == {
        "external_id": "P-1",
        "total_price": "210.00",
        "discount": "10.00",
        "final_total_price": "200.00",
        "delivery_cost": "10.00",
        "points": {"accrual": "1.90", "redeem": "0.00"},
        "promotions": [{"id": 1, "external_id": "members", "name": "For members"}],
        "lines": [
            {
                "external_id": "line_1",
                "product": "iphone_1",
                "count": 2,
                "base_price_per_item": "100",
                "final_price_per_item": "95.00",
            }
        ],
    }


@pytest.mark.parametrize("none", ["0", 0, "0.00", 0.0, "", None])
def test_an_order_may_redeem_no_points(altcraft: Altcraft, none: object) -> None:
    assert preorder(altcraft, order(points={"redeem": none}))["points"]["redeem"] == "0.00"


def test_a_preorder_keeps_nothing(altcraft: Altcraft) -> None:
    preorder(altcraft, order(promo_codes=["STAR-10"], points={"redeem": "10"}))
    assert balance(altcraft) == "800.50"
    assert altcraft.refused("/market/orders/get_status", external_id="P-1")[0] == 404
    assert altcraft.data("/promocodes/get", loyalty_id=12, code="STAR-10")["is_activated"] is False


def test_who_is_no_member_pays_the_whole_price(altcraft: Altcraft) -> None:
    found = preorder(altcraft, order(), CLEO)
    assert (found["discount"], found["final_total_price"]) == ("0.00", "100.00")
    assert (found["promotions"], found["points"]["accrual"]) == ([], "0.00")


def test_a_discount_stops_at_the_lowest_price(altcraft: Altcraft) -> None:
    found = preorder(altcraft, order(line("100", min_price_per_item="99")))
    assert found["final_total_price"] == "99.00"


@pytest.mark.parametrize(
    ("price", "final"),
    [("99.99", "94.99"), ("0.10", "0.10"), ("33.333333", "31.67"), ("1000000.01", "950000.01")],
)
def test_prices_are_exact_and_rounded_to_cents(altcraft: Altcraft, price: str, final: str) -> None:
    assert preorder(altcraft, order(line(price)))["final_total_price"] == final


def test_a_code_brings_its_own_promotion(altcraft: Altcraft) -> None:
    found = preorder(altcraft, order(promo_codes=["STAR-10"]))
    assert found["final_total_price"] == "85.00"
    assert [one["external_id"] for one in found["promotions"]] == ["members", "with_code"]


def test_points_pay_for_a_part(altcraft: Altcraft) -> None:
    found = preorder(altcraft, order(points={"redeem": "45"}))
    assert (found["final_total_price"], found["points"]) == ("50.00", {"accrual": "0.50", "redeem": "45.00"})


def test_a_final_price_that_differs_is_no_error(altcraft: Altcraft) -> None:
    assert preorder(altcraft, order(final_total_price="1"))["final_total_price"] == "95.00"


def test_a_commit_places_the_order_and_moves_points_and_codes(altcraft: Altcraft) -> None:
    placed = commit(altcraft, order(promo_codes=["STAR-10"], points={"redeem": "5"}))
    assert (placed["final_total_price"], placed["points"]) == ("80.00", {"accrual": "0.80", "redeem": "5.00"})
    assert balance(altcraft) == "796.30"
    assert altcraft.data("/promocodes/get", loyalty_id=12, code="STAR-10")["is_activated"] is True
    [found] = [one for one in altcraft.answer("/market/orders/list")["result"] if one["external_id"] == "P-1"]
    assert (found["id"], found["total_price"], found["status"]) == (placed["order_id"], "80.00", "new")


def test_its_points_say_that_they_are_of_the_order(altcraft: Altcraft) -> None:
    placed = commit(altcraft, order())
    body = {"loyalty_program_id": 12, "points_currency_eid": "stars", "matching": "email", "email": ANN}
    last = altcraft.data("/loyalty/account/transactions", **body)[-1]
    assert (last["transaction_type"], last["amount"], last["description"]) == (
        "accrual",
        "0.95",
        "For members",
    )
    assert (last["source_type"], last["source_iid"], last["source_sid"]) == (
        "order",
        placed["order_id"],
        "P-1",
    )


@pytest.mark.parametrize("whom", [{"phone": "+79000000001"}, {"phone": "+70000000000", "email": ANN}])
def test_the_first_of_id_e_mail_and_phone_says_who_orders(altcraft: Altcraft, whom: dict[str, str]) -> None:
    body = {"external_id": "P-1", "data": order()} | whom
    assert altcraft.data("/market/orders/preorder_commit", **body)["discount"] == "5.00"


def test_who_is_not_known_becomes_a_profile(altcraft: Altcraft) -> None:
    commit(altcraft, order(), "new@example.com")
    profile = altcraft.data("/profiles/get", db_id=1, email="new@example.com")
    [found] = [one for one in altcraft.answer("/market/orders/list")["result"] if one["external_id"] == "P-1"]
    assert found["profile_id"] == profile["id"]


def test_nothing_starts_by_a_silent_order(altcraft: Altcraft) -> None:
    trigger = {"name": "New", "trigger_type": "api_import", "list_id": 1, "content": [{"message_id": 41}]}
    mailing = altcraft.data("/campaigns/triggers/add/", **trigger, send_channel="email", is_active=True)[
        "saved_id"
    ]
    commit(altcraft, order(), "silent@example.com", skip_triggers=True)
    commit(altcraft, order(), "loud@example.com", external_id="P-2")
    found = altcraft.emulator.http.get("/_emulator/messages", params={"job": f"altcraft/mailing/{mailing}"})
    assert [one["recipient"] for one in found.json()["messages"]] == ["loud@example.com"]


@pytest.mark.parametrize(
    ("data", "code", "text"),
    [
        (order(endpoint="shop"), 404, "Object not found: endpoint shop"),
        (order(currency="XXX"), 404, "Object not found: currency XXX"),
        (order(line(product="no")), 404, "Object not found: product no"),
        (order(total_price="much"), 400, "total_price: must be a decimal such as 1000 or 99.90"),
        (order(promo_codes=["NO-1"]), 404, "Object not found: promo code NO-1"),
        (order(promo_codes=["STAR-10", "STAR-10"]), 400, "promo_codes: name a code twice"),
        (
            order({"external_id": "line_1", "product": "phone_1"}),
            400,
            "lines.0.base_price_per_item: Field required, as phone_1 has no price in USD",
        ),
        (order(points={"redeem": "800.51"}), 400, "points.redeem: more than the active balance 800.50"),
        (order(points={"redeem": "95.01"}), 400, "points.redeem: more than the lines cost, 95.00"),
        (
            order(points={"redeem": "-1"}),
            400,
            "points.redeem: must be a decimal number above 0 with at most two places",
        ),
    ],
)
@pytest.mark.parametrize("path", ["preorder", "preorder_commit"])
def test_refusals_change_nothing(
    altcraft: Altcraft, path: str, data: dict[str, Any], code: int, text: str
) -> None:
    body = {"external_id": "P-1", "matching": "email", "email": ANN}
    told = text if code == 404 else f"Incorrect request: data.{text}"
    assert altcraft.refused(f"/market/orders/{path}", **body, data=data) == (code, told)
    assert balance(altcraft) == "800.50"
    assert altcraft.refused("/market/orders/get_status", external_id="P-1")[0] == 404


def test_a_code_is_used_once(altcraft: Altcraft) -> None:
    commit(altcraft, order(promo_codes=["STAR-10"]))
    body = {"external_id": "P-2", "email": ANN, "data": order(promo_codes=["STAR-10"])}
    refusal = altcraft.refused("/market/orders/preorder_commit", **body)
    assert refusal == (400, "Incorrect request: promo code STAR-10 is activated")


def test_a_code_that_several_have_is_used_by_each_for_itself(altcraft: Altcraft) -> None:
    altcraft.emulator.query("UPDATE altcraft_loyalty_program SET reuses_codes = 1 WHERE id = 12")
    altcraft.answer("/promocodes/attach", loyalty_id=12, db_id=1, email=BOB, code="STAR-10")
    for name, email in (("P-1", ANN), ("P-2", BOB)):
        commit(altcraft, order(promo_codes=["STAR-10"]), email, external_id=name)
    body = {"external_id": "P-3", "email": BOB, "data": order(promo_codes=["STAR-10"])}
    refusal = altcraft.refused("/market/orders/preorder_commit", **body)
    assert refusal == (400, "Incorrect request: promo code STAR-10 is activated")


def test_a_code_is_for_those_who_have_it(altcraft: Altcraft) -> None:
    body = {"external_id": "P-1", "email": BOB, "data": order(promo_codes=["STAR-10"])}
    refusal = altcraft.refused("/market/orders/preorder_commit", **body)
    assert refusal == (400, "Incorrect request: promo code STAR-10 is not attached")


def test_who_orders_is_one_person(altcraft: Altcraft) -> None:
    for email in (ANN, BOB):
        write(altcraft, "update", email=email, data={"phones": ["79990000000"]})
    body = {"external_id": "P-1", "phone": "79990000000", "data": order()}
    refusal = altcraft.refused("/market/orders/preorder_commit", **body)
    assert refusal == (409, "More than one profile matches: phone=+79990000000")


def test_points_and_codes_are_for_members(altcraft: Altcraft) -> None:
    for more, place in (
        ({"promo_codes": ["STAR-10"]}, "promo_codes"),
        ({"points": {"redeem": "1"}}, "points.redeem"),
    ):
        body = {"external_id": "P-1", "email": CLEO, "data": order(**more)}
        code, text = altcraft.refused("/market/orders/preorder_commit", **body)
        assert (code, text.split(": ")[1]) == (400, f"data.{place}")


def test_the_same_order_is_not_placed_twice(altcraft: Altcraft) -> None:
    commit(altcraft, order())
    body = {"external_id": "P-1", "email": ANN, "data": order()}
    assert altcraft.refused("/market/orders/preorder_commit", **body) == (409, "Already exists: order P-1")
    assert balance(altcraft) == "801.45"


def test_an_order_costs_what_the_answer_to_its_commit_says(altcraft: Altcraft) -> None:
    found = commit(altcraft, order(line("1.005"), delivery_cost="2.005"), email=CLEO)
    prices = {name: found[name] for name in ("total_price", "discount", "final_total_price", "delivery_cost")}
    assert prices == {
        "total_price": "3.01", "discount": "0.00", "final_total_price": "3.01", "delivery_cost": "2.01",
    }  # fmt: skip
    [stored] = [
        one for one in altcraft.answer("/market/orders/list")["result"] if one["external_id"] == "P-1"
    ]
    assert (stored["total_price"], stored["delivery_cost"]) == ("3.01", "2.01")


@pytest.mark.parametrize("more", [{"promo_codes": ["STAR-10"]}, {"points": {"redeem": "50"}}])
def test_an_order_that_used_a_code_or_points_is_not_placed_twice_either(
    altcraft: Altcraft, more: dict[str, Any]
) -> None:
    commit(altcraft, order(**more))
    body = {"external_id": "P-1", "email": ANN, "data": order(**more)}
    assert altcraft.refused("/market/orders/preorder_commit", **body) == (409, "Already exists: order P-1")


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"data": order(final_total_price=None)},
         (400, "Incorrect request: data.final_total_price: Field required")),
        ({"email": None}, (400, "Incorrect request: profile_id: Field required")),
        ({"profile_id": "zz"}, (404, "Object not found: profile profile_id=zz")),
        ({"data": order(endpoint="zz")}, (409, "Already exists: order P-1")),
        ({}, (409, "Already exists: order P-1")),
    ],
)  # fmt: skip
def test_an_order_that_is_there_already_is_told_before_what_is_in_it_is_looked_up(
    altcraft: Altcraft, changed: dict[str, Any], refusal: tuple[int, str]
) -> None:
    commit(altcraft, order())
    body = {"external_id": "P-1", "email": ANN, "data": order()} | changed
    said = {name: value for name, value in body.items() if value is not None}
    assert altcraft.refused("/market/orders/preorder_commit", **said) == refusal


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        (
            "preorder",
            {"matching": "email", "email": "no@example.com"},
            "Object not found: profile email=no@example.com",
        ),
        ("preorder", {"email": ANN}, "Incorrect request: matching: Field required"),
        ("preorder_commit", {}, "Incorrect request: profile_id: Field required"),
        (
            "preorder_commit",
            {"profile_id": "0" * 24},
            f"Object not found: profile profile_id={'0' * 24}",
        ),
    ],
)
def test_who_orders_has_to_be_said(altcraft: Altcraft, path: str, body: dict[str, Any], text: str) -> None:
    said = {"external_id": "P-1", "data": order()} | body
    assert altcraft.refused(f"/market/orders/{path}", **said)[1] == text


def test_a_commit_needs_rights_of_two_areas(altcraft: Altcraft) -> None:
    body = {"external_id": "P-1", "matching": "email", "email": ANN, "data": order()}
    assert altcraft.data("/market/orders/preorder", token=VIEW_ONLY, **body)["discount"] == "5.00"
    refusal = altcraft.refused("/market/orders/preorder_commit", token=VIEW_ONLY, **body)
    assert refusal == (403, "Access denied")
    refusal = altcraft.refused("/market/orders/preorder", token=SUBACCOUNT, **body)
    assert refusal == (404, "Object not found: database 1")


def test_it_speaks_xml(altcraft: Altcraft) -> None:
    lines = "<lines array='true'><external_id>l</external_id><product>iphone_1</product></lines>"
    answer = altcraft.xml(
        "/market/orders/preorder",
        f"<external_id>P-1</external_id><matching>email</matching><email>{ANN}</email><data>"
        "<endpoint>website</endpoint><status>new</status><currency>USD</currency>"
        f"<total_price>900</total_price>{lines}</data>",
    )
    assert "<final_total_price>855.00</final_total_price>" in answer.text


@pytest.mark.parametrize("path", ["preorder", "preorder_commit"])
@pytest.mark.parametrize(
    ("price", "count"), [("999999999999999.99", 10**6), ("5", 2**63 - 1), ("0.01", 10**17)]
)
def test_an_order_costs_no_more_than_a_price_can_be(
    altcraft: Altcraft, path: str, price: str, count: int
) -> None:
    body = {"external_id": "P-1", "matching": "email", "email": ANN, "data": order(line(price, count=count))}
    refusal = altcraft.refused(f"/market/orders/{path}", **body)
    assert refusal == (400, "Incorrect request: data.lines: cost more than a price can be")
    assert balance(altcraft) == "800.50"


def test_the_dearest_order_is_placed(altcraft: Altcraft) -> None:
    found = commit(altcraft, order(line("999999999999999.99")))
    assert found["points"]["accrual"] == "9500000000000.00"
