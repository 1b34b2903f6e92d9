"""Queued messages to deleted people: they are cancelled at once, and the log says so."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_runs import BOB, CATALOGUE, broadcast, events, job, messages
from tests.altcraft.test_trigger_launches import made, started

WAYS = ["profiles/delete", "databases/wipe"]


def queued(altcraft: Altcraft) -> set[str]:
    return {one["recipient"] for one in messages(altcraft.emulator, CATALOGUE, status="queued")}


@pytest.mark.parametrize("path", WAYS)
def test_what_is_queued_for_them_is_cancelled_at_once(altcraft: Altcraft, path: str) -> None:
    waiting = queued(altcraft)
    before = job(altcraft.emulator, CATALOGUE)["counts"]
    altcraft.answer(f"/{path}", id=1, db_id=1, email=BOB)
    gone = {BOB} if path == "profiles/delete" else waiting
    assert {one["recipient"] for one in messages(altcraft.emulator, CATALOGUE, status="cancelled")} == gone
    counts = job(altcraft.emulator, CATALOGUE)["counts"]
    assert counts.get("queued", 0) == before["queued"] - len(gone)
    assert altcraft.log(CATALOGUE)[-1 if path == "profiles/delete" else -3] == (
        f"Left out because of a deleted profile: {len(gone)}"
    )


def test_a_mailing_whose_last_people_are_deleted_is_over(altcraft: Altcraft) -> None:
    altcraft.data("/databases/wipe", id=1)
    assert altcraft.status(CATALOGUE) == "Completed"
    assert altcraft.log(CATALOGUE)[-2:] == ["Campaign finished", "Total time spent"]


@pytest.mark.slow
@pytest.mark.parametrize("path", WAYS)
def test_they_get_nothing_and_the_others_do(altcraft: Altcraft, path: str) -> None:
    waiting, told = queued(altcraft), len(events(altcraft.emulator))
    altcraft.answer(f"/{path}", id=1, db_id=1, email=BOB)
    altcraft.advance("2d")
    assert altcraft.status(CATALOGUE) == "Completed"
    gone = {BOB} if path == "profiles/delete" else waiting
    after = {event["subscription"][0]["email"] for event in events(altcraft.emulator)[told:]}
    assert gone.isdisjoint(after)
    assert waiting - gone <= after


def of_a_campaign(altcraft: Altcraft) -> int:
    """Put a mailing to the customers that is under way into a paused campaign; return the campaign's id."""
    campaign = 8
    altcraft.emulator.query("UPDATE altcraft_mailing SET campaign_id = ? WHERE id = ?", campaign, CATALOGUE)
    altcraft.answer("/scampaigns/deactivate", id=campaign)
    return campaign


def test_a_mailing_that_is_held_ends_when_its_campaign_goes_on(altcraft: Altcraft) -> None:
    campaign = of_a_campaign(altcraft)
    altcraft.data("/databases/wipe", id=1)
    assert (queued(altcraft), altcraft.status(CATALOGUE)) == (set(), "Running")
    altcraft.answer("/scampaigns/activate", id=campaign, start_date="")
    assert altcraft.status(CATALOGUE) == "Completed"


def test_the_log_counts_people_and_not_their_addresses(altcraft: Altcraft) -> None:
    pushes: list[dict[str, Any]] = [
        {"channel": "push", "provider": "google", "subscription_id": f"dev-{number}", "resource_id": 26}
        for number in range(3)
    ]
    altcraft.answer("/profiles/import", db_id=1, email="new@example.com", data={"subscriptions": pushes})
    settings = {"name": "News", "data_type": "list", "data_id": 1, "content": [{"message_id": 27}],
                "send_channel": "push", "resource_id": 26}  # fmt: skip
    mailing = altcraft.data("/campaigns/broadcasts/add", **settings)["saved_id"]
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True)
    assert len(messages(altcraft.emulator, mailing, status="queued")) >= 3
    altcraft.data("/profiles/delete", db_id=1, email="new@example.com")
    assert "Left out because of a deleted profile: 1" in altcraft.log(mailing)


def test_the_log_of_a_trigger_that_waited_says_so_when_it_is_due(altcraft: Altcraft) -> None:
    trigger = made(altcraft, skip_minutes=5)
    assert len(started(altcraft, id=trigger, email="ann@example.com")) == 1
    altcraft.data("/profiles/delete", db_id=1, email="ann@example.com")
    assert altcraft.log(trigger) == []
    altcraft.advance("5m")
    assert altcraft.log(trigger) == ["Left out because of a deleted profile: 1"]
    assert messages(altcraft.emulator, trigger) == []


def imported_again(altcraft: Altcraft) -> None:
    """Delete Bob, who has a queued message of the catalogue, and import him again."""
    altcraft.data("/profiles/delete", db_id=1, email=BOB)
    subscribed = {"channel": "email", "email": BOB, "resource_id": 1}
    altcraft.answer("/profiles/import", db_id=1, email=BOB, data={"subscriptions": [subscribed]})


def test_who_comes_again_did_not_get_what_was_cancelled(altcraft: Altcraft) -> None:
    imported_again(altcraft)
    altcraft.data("/campaigns/deactivate", id=CATALOGUE, abort_if_running=True)
    altcraft.data("/campaigns/activate/", id=CATALOGUE, run_now=True)
    assert BOB in queued(altcraft)


def test_a_policy_does_not_count_what_was_cancelled(altcraft: Altcraft) -> None:
    altcraft.emulator.query(
        "INSERT INTO altcraft_sending_policy (id, name, limits) VALUES (1, 'Once', '{\"contact\": [1, 1]}')"
    )
    number = made(altcraft, policy_id=1, list_id=4)
    them = {"db_id": 4, "email": "new@new.example"}
    altcraft.answer("/profiles/import", **them, data={"_fname": "First"})
    altcraft.data("/campaigns/broadcasts/start", id=broadcast(altcraft, data_id=4))
    assert started(altcraft, id=number, email="new@new.example") == []
    altcraft.data("/profiles/delete", **them)
    altcraft.answer("/profiles/import", **them, data={"_fname": "Second"})
    assert len(started(altcraft, id=number, email="new@new.example")) == 1
