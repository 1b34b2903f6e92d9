"""The names of imported lists: unique in a project, like those of its own lists."""

import pytest

from tests.autosend.automations import matches
from tests.autosend.conftest import AutoSend
from tests.autosend.migrations import ALL, RESEND, done, list_names

CALLED_ALL_CONTACTS = """
    UPDATE autosend_foreign_account SET content = json_replace(content, '$.lists[0].name', 'All Contacts')
"""


@pytest.mark.parametrize("taken", [("Customers",), ("Customers", "Customers (Resend)")])
def test_a_list_with_the_name_of_a_segment_gets_one_of_its_own(
    autosend: AutoSend, taken: tuple[str, ...]
) -> None:
    group = matches("firstName", "Nobody")
    for used in taken:
        segment = {"name": used, "type": "segment", "filterCriteria": {"logicalOperator": "AND"} | group}
        assert autosend.data("POST", "/contact-lists", segment)["contactCount"] == 0
    done(autosend, RESEND, **ALL)
    done(autosend, RESEND, **ALL)
    own = "Customers (Resend 2)" if len(taken) > 1 else "Customers (Resend)"
    assert list_names(autosend, "mia@example.com") == [own]
    listed = [one["name"] for one in autosend.data("GET", "/contact-lists")["lists"]]
    assert [one for one in listed if "Customers" in one] == [*taken, own]


def test_a_foreign_list_with_the_name_of_the_global_one_gets_one_of_its_own(autosend: AutoSend) -> None:
    autosend.emulator.query(CALLED_ALL_CONTACTS)
    done(autosend, RESEND, **ALL)
    assert list_names(autosend, "mia@example.com") == ["All Contacts (Resend)"]
