"""The tariffs and the settings of the account."""

from typing import Any

import pytest

from tests.rcs.conftest import INVALID, Rcs


def test_tariffs_are_listed_by_their_ids(rcs: Rcs) -> None:
    answer = rcs.call("GET", "/accounts/tariff").json()
    assert [tariff["code"] for tariff in answer["data"]] == [3, 5, 9]
    assert answer["total"] == 3


def test_a_tariff_that_is_not_active_is_among_them(rcs: Rcs) -> None:
    [old, _, usual] = rcs.data("GET", "/accounts/tariff")
    assert old == {"id": 50003, "name": "Last year", "code": 3, "is_active": False, "is_default": False}
    assert usual == {"id": 50009, "name": "Best quality", "code": 9, "is_active": True, "is_default": True}


def test_pages_of_tariffs(rcs: Rcs) -> None:
    answer = rcs.call("GET", "/accounts/tariff", params={"page[offset]": 1, "page[limit]": 15}).json()
    assert [tariff["code"] for tariff in answer["data"]] == [5, 9]
    assert answer["total"] == 3


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("page[limit]", 14, "This value should be between 15 and 500."),
        ("page[limit]", 501, "This value should be between 15 and 500."),
        ("page[limit]", "x", "This value should be of type integer."),
        ("page[offset]", -1, "This value should be greater than or equal to 0."),
        ("page[offset]", 2**63, f"This value should be less than or equal to {2**63 - 1}."),
    ],
)
def test_a_wrong_page(rcs: Rcs, name: str, value: Any, text: str) -> None:
    found = rcs.refused("GET", "/accounts/tariff", params={name: value})
    assert found == (422, INVALID, {name.replace("[", "").replace("]", ""): [text]})


@pytest.mark.parametrize("book", ["1", "42", "999999999999999999"])
def test_an_address_book_has_no_fields(rcs: Rcs, book: str) -> None:
    answer = rcs.call("GET", f"/settings/address-book-fields/{book}")
    assert (answer.status_code, answer.json()) == (200, {})


@pytest.mark.parametrize("book", ["0", "-1", "x", "1.5", "9" * 30])
def test_what_is_no_number_names_no_address_book(rcs: Rcs, book: str) -> None:
    path = f"/settings/address-book-fields/{book}"
    assert rcs.refused("GET", path) == (404, "Model not found", [])
