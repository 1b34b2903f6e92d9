"""Every cell of the automation's transition table, over HTTP, and changes of state by the control plane."""

from typing import Any, ClassVar

import pytest
from httpx2 import Response
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from emulator.autosend.tables.automations import AUTOMATION
from tests.autosend.automations import add_contact, counts, create, get, letter, numbers_of_all, wait
from tests.autosend.conftest import AutoSend
from tests.conftest import Emulator

pytestmark = pytest.mark.slow

REQUESTS: dict[str, tuple[str, str, Any]] = {
    "update": ("PATCH", "", {"name": "Another"}),
    "activate": ("PATCH", "", {"active": True}),
    "deactivate": ("PATCH", "", {"active": False}),
    "pause": ("POST", "/pause", None),
    "resume": ("POST", "/resume", None),
    "delete": ("DELETE", "", None),
}
CANNOT_EDIT = ("CANNOT_EDIT_AUTOMATION", "Only draft or paused workflows can be edited")
REFUSED = {
    "update": CANNOT_EDIT,
    "activate": CANNOT_EDIT,
    "deactivate": CANNOT_EDIT,
    "pause": ("CANNOT_PAUSE_INACTIVE_AUTOMATION", "Cannot pause a workflow that is not active"),
    "resume": (
        "CANNOT_ACTIVATE_AUTOMATION",
        "Cannot activate workflow. Please check all required fields are filled",
    ),
}
STEPS = [wait(1, "hours"), letter("One"), wait(1, "days"), letter("Two")]


def act(autosend: AutoSend, automation: Any, action: str) -> Response:
    method, path, body = REQUESTS[action]
    return autosend.call(method, f"/automations/{automation['id']}{path}", body)


def steer(autosend: AutoSend, automation: Any, **wanted: Any) -> Response:
    path = f"/_emulator/jobs/autosend/automation/{automation['id']}/status"
    return autosend.emulator.http.post(path, json=wanted)


def bring_to(autosend: AutoSend, state: str) -> Any:
    """Create an automation, and bring it to a status; only the control plane can archive one."""
    made = create(autosend, active=state in {"active", "paused"}, steps=STEPS)
    if state == "paused":
        act(autosend, made, "pause")
    if state == "archived":
        assert steer(autosend, made, status="archived", force=True).status_code == 200
    assert get(autosend, made)["status"] == state
    return made


def test_the_table_is_about_what_clients_can_do() -> None:
    assert set(AUTOMATION.actions) == set(REQUESTS)


@pytest.mark.parametrize(("state", "action", "target"), list(AUTOMATION.cells()))
def test_every_cell(autosend: AutoSend, state: str, action: str, target: str | None) -> None:
    automation = bring_to(autosend, state)
    answer = act(autosend, automation, action)
    if target is None:
        code, message = REFUSED[action]
        assert answer.status_code == 400
        assert answer.json() == {"success": False, "error": {"message": message, "code": code}}
        assert get(autosend, automation)["status"] == state
    elif target == "deleted":
        assert answer.status_code == 200
        assert autosend.call("GET", f"/automations/{automation['id']}").status_code == 404
    else:
        assert answer.json()["data"]["status"] == target
        assert get(autosend, automation)["status"] == target


@pytest.mark.parametrize("state", AUTOMATION.states)
def test_every_status_can_be_listed(autosend: AutoSend, state: str) -> None:
    automation = bring_to(autosend, state)
    listed = autosend.data("GET", f"/automations?status={state}")["workflowAutomations"]
    assert automation["id"] in [one["id"] for one in listed]


def test_tests_can_pause_and_resume(autosend: AutoSend) -> None:
    automation = bring_to(autosend, "active")
    add_contact(autosend)
    autosend.advance("1h")
    shown = steer(autosend, automation, action="pause").json()
    assert (shown["kind"], shown["status"], shown["actions"]) == ("automation", "paused", ["resume"])
    assert (shown["total"], shown["counts"]) == (1, {"sent": 1})
    autosend.advance("2d")
    assert counts(autosend, automation) == (1, 0, 0, 1)
    assert steer(autosend, automation, action="resume").json()["status"] == "active"
    autosend.advance("1h")
    assert counts(autosend, automation) == (1, 1, 0, 0)


def test_a_forced_status_holds_and_releases_contacts(autosend: AutoSend) -> None:
    automation = bring_to(autosend, "active")
    add_contact(autosend)
    steer(autosend, automation, status="archived", force=True)
    autosend.advance("2d")
    assert counts(autosend, automation) == (1, 0, 0, 1)
    steer(autosend, automation, status="active", force=True)
    autosend.advance("2d")
    assert counts(autosend, automation) == (1, 1, 0, 0)


def test_what_is_not_complete_can_not_be_resumed_but_forced(autosend: AutoSend) -> None:
    draft = create(autosend, active=False, steps=[])
    assert steer(autosend, draft, action="resume").status_code == 409
    for state in ("archived", "active"):
        assert steer(autosend, draft, status=state, force=True).status_code == 200
    add_contact(autosend)
    assert counts(autosend, draft) == (1, 1, 0, 0)


def test_a_deleted_automation_is_no_job(autosend: AutoSend) -> None:
    automation = bring_to(autosend, "active")
    act(autosend, automation, "delete")
    assert steer(autosend, automation, action="pause").status_code == 404


class Automations(RuleBasedStateMachine):
    """For any sequence of requests and clock changes, an automation keeps its invariants."""

    emulator: ClassVar[Emulator]
    made = Bundle("made")

    def __init__(self) -> None:
        super().__init__()
        self.emulator.reset()
        self.emulator.calm("autosend")
        self.autosend = AutoSend(self.emulator)
        self.last: dict[str, Any] = {}
        self.sent: dict[str, int] = {}
        self.number = 0

    @rule(target=made, active=st.booleans())
    def create(self, *, active: bool) -> str:
        automation = create(self.autosend, active=active, steps=STEPS)
        self.last[automation["id"]] = automation
        return str(automation["id"])

    @rule()
    def contact(self) -> None:
        self.number += 1
        before = numbers_of_all(self.autosend)
        add_contact(self.autosend, f"grace{self.number}@example.com")
        after = numbers_of_all(self.autosend)
        for key, automation in self.last.items():
            more = automation["status"] == "active"
            assert after[key]["totalEntered"] == before[key]["totalEntered"] + more

    @rule(automation=made, action=st.sampled_from(["update", "activate", "deactivate", "pause", "resume"]))
    def act(self, automation: str, action: str) -> None:
        before = self.last[automation]
        expected = AUTOMATION.target(before["status"], action)
        answer = act(self.autosend, before, action)
        assert (answer.status_code == 200) == (expected is not None)
        self.last[automation] = get(self.autosend, before)
        assert self.last[automation]["status"] == (expected or before["status"])

    @rule(duration=st.sampled_from(["1ms", "59m", "1h", "23h", "1d", "30d", "61d"]))
    def wait(self, duration: str) -> None:
        self.autosend.advance(duration)
        now = numbers_of_all(self.autosend)
        for key, before in self.last.items():
            if before["status"] != "active":
                assert now[key]["sent"] == self.sent.get(key, 0)
            self.last[key] = get(self.autosend, before)
            self.sent[key] = now[key]["sent"]

    @invariant()
    def contacts_are_in_or_through(self) -> None:
        all_numbers = numbers_of_all(self.autosend) if self.last else {}
        for key in self.last:
            found = all_numbers[key]
            through = found["totalCompleted"] + found["totalExited"]
            assert found["totalEntered"] == through + found["totalActive"]
            assert found["sent"] <= 2 * found["totalEntered"]


def test_automations_keep_their_rules(running: Emulator) -> None:
    Automations.emulator = running
    run_state_machine_as_test(
        Automations,
        settings=settings(max_examples=20, stateful_step_count=20, deadline=None, derandomize=True),
    )
