"""Operations that write people, in any order: the stored rows are always consistent."""

from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from xxhash import xxh64_hexdigest

from tests.altcraft.conftest import TOKEN
from tests.conftest import Emulator

pytestmark = pytest.mark.slow

DATABASE = 4
"""A database that is empty at first."""

RESOURCE = 36
"""A resource whose subscribers belong to that database."""

EMAILS = st.sampled_from(["a@x.org", "b@x.org", "c@x.org", "localhost"])
PHONES = st.sampled_from(["+79001110001", "+79001110002", "89001110003"])
STATUSES = st.sampled_from(["subscribed", "unsubscribed", "suspended", 0, 5, -1])
PLACES = st.integers(0, 10)
OF_RESOURCE = {"resource_id": st.just(RESOURCE)}
BY_EMAIL = {
    "channel": st.just("email"),
    "email": EMAILS,
    "resource_id": st.just(RESOURCE),
    "status": STATUSES,
}
BY_PHONE = {"channel": st.just("sms"), "phone": PHONES, **OF_RESOURCE}
SUBSCRIPTIONS = st.one_of(st.fixed_dictionaries(BY_EMAIL), st.fixed_dictionaries(BY_PHONE))
FIELDS = {
    "email": EMAILS,
    "phones": st.lists(PHONES, max_size=2),
    "_fname": st.sampled_from(["Ann", ""]),
    "_status": st.sampled_from([0, 1, "suspended"]),
    "subscriptions": st.lists(SUBSCRIPTIONS, max_size=2),
}
MATCHES = st.one_of(EMAILS.map(lambda one: {"email": one}), PHONES.map(lambda one: {"phone": one}))
DATA = st.fixed_dictionaries({}, optional=FIELDS)
EXPECTED = {0, 404, 409, 440}
"""The possible codes of responses to writing people; any other one is a defect."""


class People(RuleBasedStateMachine):
    emulator: ClassVar[Emulator]

    def __init__(self) -> None:
        super().__init__()
        self.requests = 0
        self.silent = False
        self.emulator.reset()
        self.emulator.calm("altcraft")
        channels = '["email", "sms"]'
        self.emulator.query(
            "UPDATE altcraft_resource SET databases = ?, channels = ? WHERE id = ?",
            f"[{DATABASE}]",
            channels,
            RESOURCE,
        )
        self.emulator.query("DELETE FROM altcraft_subscription WHERE resource_id = ?", RESOURCE)

    @rule(silent=st.booleans())
    def choose(self, *, silent: bool) -> None:
        """Write from now on silently, so that nothing starts by it, or not."""
        self.silent = silent

    def write(self, path: str, **body: Any) -> Any:
        """Write people, and check that their history says whether that was silent."""
        (before,) = self.emulator.query("SELECT max(id) FROM altcraft_past")
        answer = self.ask(path, skip_triggers=self.silent, **body)
        added = "SELECT is_silent FROM altcraft_past WHERE id > ? AND copy_of IS NULL"
        assert {one for (one,) in self.emulator.query(added, before[0] or 0)} <= {self.silent}
        return answer

    def ask(self, path: str, **body: Any) -> Any:
        self.requests += 1
        headers = {"Request-ID": str(self.requests)}
        answer = self.emulator.http.post(f"/api/v1.1{path}", json={"token": TOKEN, **body}, headers=headers)
        assert answer.status_code == 200, answer.text
        content = answer.json()
        assert content["error"] in EXPECTED, (path, body, content)
        return content

    def people(self) -> list[Any]:
        """Return id, e-mail, phones, status and hash of all profiles, in the order of their creation."""
        statement = "SELECT id, email, phones, status, xxh FROM altcraft_profile WHERE database_id = ?"
        return self.emulator.query(f"{statement} ORDER BY number", DATABASE)

    def ids(self) -> list[str]:
        return [profile_id for profile_id, *_ in self.people()]

    def one(self, place: int) -> dict[str, Any] | None:
        """Return a match of one profile, None if there is no profile."""
        ids = self.ids()
        if not ids:
            return None
        return {"db_id": DATABASE, "matching": "profile_id", "profile_id": ids[place % len(ids)]}

    @rule(data=DATA)
    def add(self, data: Any) -> None:
        before = len(self.people())
        answer = self.write("/profiles/add", db_id=DATABASE, data=data)
        assert len(self.people()) == before + (answer["error"] == 0)

    @rule(
        match=st.one_of(EMAILS.map(lambda one: {"email": one}), PHONES.map(lambda one: {"phone": one})),
        data=DATA,
    )
    def import_one(self, match: dict[str, str], data: Any) -> None:
        self.write("/profiles/import", db_id=DATABASE, data=data, **match)

    @rule(batch=st.lists(DATA, min_size=1, max_size=4), mode=st.sampled_from(["add_batch/", "import_batch"]))
    def write_many(self, batch: list[Any], mode: str) -> None:
        before = len(self.people())
        answer = self.write(f"/profiles/{mode}", db_id=DATABASE, data=batch)
        assert len(answer["result"]) == len(batch)
        made = sum(row["error"] == 0 for row in answer["result"])
        assert before <= len(self.people()) <= before + made

    @rule(email=EMAILS, data=DATA)
    def update(self, email: str, data: Any) -> None:
        before = self.ids()
        self.write("/profiles/update", db_id=DATABASE, email=email, data=data)
        assert self.ids() == before

    @rule(place=PLACES)
    def delete(self, place: int) -> None:
        match = self.one(place)
        if match:
            self.ask("/profiles/delete", **match)
            assert match["profile_id"] not in self.ids()

    @rule(first=PLACES, second=PLACES, email=EMAILS)
    def merge(self, first: int, second: int, email: str) -> None:
        source = [match for match in (self.one(first), self.one(second)) if match]
        if source:
            destination = {"db_id": DATABASE, "email": email}
            self.write("/profiles/merge", db_id=DATABASE, source=source, destination=destination)

    @rule(place=PLACES, emails=st.lists(EMAILS, min_size=1, max_size=2, unique=True))
    def split(self, place: int, emails: list[str]) -> None:
        source = self.one(place)
        if source:
            destination = [{"db_id": DATABASE, "email": email} for email in emails]
            self.write("/profiles/split", source=source, destination=destination)

    @rule(action=st.sampled_from(["suspend_all", "unsuspend_all"]))
    def suspend(self, action: str) -> None:
        self.ask(f"/subscriptions/{action}", db_id=DATABASE)

    @rule(place=PLACES, action=st.sampled_from(["delete", "undelete"]))
    def delete_subscription(self, place: int, action: str) -> None:
        rows = self.subscriptions("profile_id, channel, address")
        if rows:
            profile_id, channel, address = rows[place % len(rows)]
            block = {"channel": channel, {"email": "email", "sms": "phone"}[channel]: address}
            self.ask(
                f"/subscriptions/{action}",
                db_id=DATABASE,
                profile_id=profile_id,
                resource_id=RESOURCE,
                **block,
            )

    def subscriptions(self, columns: str, condition: str = "1") -> list[Any]:
        statement = (
            f"SELECT {columns} FROM altcraft_subscription WHERE database_id = ? AND {condition} ORDER BY id"  # noqa: S608 -- our own
        )
        return self.emulator.query(statement, DATABASE)

    @invariant()
    def addresses_are_those_of_the_profiles(self) -> None:
        own = (
            "SELECT profile.id, one.value FROM altcraft_profile AS profile, json_each(profile.phones) AS one"
            " WHERE database_id = ?"
        )
        indexed = "SELECT profile_id, phone FROM altcraft_phone_number WHERE database_id = ?"
        assert sorted(self.emulator.query(own, DATABASE)) == sorted(self.emulator.query(indexed, DATABASE))
        people = self.people()
        emails = [email for _, email, *_ in people if email]
        assert len(emails) == len(set(emails))
        assert [xxh for *_, xxh in people] == [xxh64_hexdigest((one[1] or one[0]).encode()) for one in people]

    @invariant()
    def subscriptions_are_of_somebody(self) -> None:
        ids = set(self.ids())
        assert {profile_id for (profile_id,) in self.subscriptions("profile_id")} <= ids

    @invariant()
    def counters_are_what_is_stored(self) -> None:
        status_of = {profile_id: status for profile_id, _, _, status, _ in self.people()}
        rows = self.subscriptions("profile_id, channel, status", "NOT is_deleted")
        counted = self.ask("/databases/get_counters", id=DATABASE, resource_id=RESOURCE)["data"]
        for row in counted:
            own = [(profile_id, status) for profile_id, channel, status in rows if channel == row["channel"]]
            assert row["status"]["all"] == len(status_of)
            assert row["status"]["subscribed"] == sum(status == 0 for _, status in own)
            assert row["status"]["suspended"] == sum(status == 5 for _, status in own)
            sendable = sum(status == 0 and status_of[profile_id] == 0 for profile_id, status in own)
            assert row["status"]["subscribed_sendable"] == sendable


def test_what_is_stored_fits_together_whatever_is_done(emulator: Emulator) -> None:
    People.emulator = emulator
    run_state_machine_as_test(
        People,
        settings=settings(
            max_examples=30,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
