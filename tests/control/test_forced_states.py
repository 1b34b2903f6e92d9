"""Every kind of job is forced to every state: it has the state, and nothing crashes or goes on."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Emulator

JOBS = (
    "altcraft/mailing/12",
    "altcraft/mailing/15",
    "altcraft/mailing/26",
    "altcraft/mailing/27",
    "altcraft/mailing/34",
    "altcraft/mailing/40",
    "altcraft/mailing/42",
    "altcraft/mailing/44",
    "altcraft/mailing/45",
    "altcraft/mailing/47",
    "altcraft/mailing/61",
    "altcraft/campaign/8",
    "altcraft/campaign/18",
    "altcraft/campaign/20",
    "altcraft/campaign/21",
    "altcraft/campaign/22",
    "altcraft/campaign/23",
    "altcraft/campaign/24",
    "altcraft/scenario/4",
    "altcraft/scenario/6",
    "rcs/campaign/1",
    "rcs/campaign/2",
    "rcs/campaign/3",
    "rcs/campaign/4",
    "rcs/campaign/5",
    "rcs/campaign/6",
    "rcs/campaign/7",
    "rcs/campaign/8",
    "rcs/sender_request/11001",
    "rcs/sender_request/11002",
    "rcs/otp_template/515",
    "rcs/otp_template/516",
    "rcs/otp_template/517",
    "autosend/campaign/60d5ec49f1b2c72d9c8b4567",
    "autosend/campaign/66a0c1d2e3f4a5b6c7d80001",
    "autosend/campaign/66a0c1d2e3f4a5b6c7d80002",
    "autosend/campaign/66a0c1d2e3f4a5b6c7d80003",
    "autosend/campaign/66a0c1d2e3f4a5b6c7d80004",
    "autosend/campaign/66a0c1d2e3f4a5b6c7d80005",
    "autosend/campaign/66a0c1d2e3f4a5b6c7d80006",
    "autosend/campaign/66a0c1d2e3f4a5b6c7d80007",
    "autosend/automation/66b3c4d5e6f7a8b9c0d10001",
    "autosend/automation/66b3c4d5e6f7a8b9c0d10002",
    "autosend/organization/66a0c1d2e3f4a5b6c7d8bbbb",
    "autosend/project/66a0c1d2e3f4a5b6c7d8aaaa",
    "autosend/key/4e3312b4139d09e566accce4",
    "autosend/domain/66a0c1d2e3f4a5b6c7d81001",
    "autosend/domain/66a0c1d2e3f4a5b6c7d81003",
)
"""Jobs of each kind, in each of the states in which the demo set has some."""

STILL = {
    "autosend/campaign": {"draft", "paused", "sent", "failed", "aborted"},
    "rcs/campaign": {"creation", "moderation", "spam", "scheduled", "paused", "stopped", "done"},
    "altcraft/mailing": {"inactive", "completed"},
}
"""By kind, the forced states in which a job stays, and sends nothing."""


def shown(emulator: Emulator, name: str) -> Any:
    return emulator.http.get(f"/_emulator/jobs/{name}").json()


def steer(emulator: Emulator, name: str, **wanted: Any) -> Any:
    return emulator.http.post(f"/_emulator/jobs/{name}/status", json=wanted)


def begin(emulator: Emulator, name: str) -> None:
    """Reset the emulator, without due events of other providers, or of other jobs of the same kind."""
    emulator.reset()
    emulator.calm(name.partition("/")[0])
    own = name.replace("/", ".", 1).replace("/", ":")
    others = f"{own.partition(':')[0]}:%"
    emulator.query("DELETE FROM due_event WHERE subject LIKE ? AND subject <> ?", others, own)
    emulator.query(
        "DELETE FROM due_event"
        " WHERE subject IN (SELECT 'job:' || id FROM job WHERE owner LIKE ? AND owner <> ?)",
        f"{name.rpartition('/')[0]}/%",
        name,
    )


def force(emulator: Emulator, name: str, state: str) -> Any:
    answer = steer(emulator, name, status=state, force=True)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == state
    return answer.json()


def handed_over(emulator: Emulator, name: str) -> list[Any]:
    return emulator.query("SELECT id, position FROM job WHERE owner = ? ORDER BY id", name)


def check_calm(emulator: Emulator, said: object) -> None:
    failed = emulator.http.get("/_emulator/clock/failed").json()
    assert failed["total"] == 0, (said, failed)


def states_of(emulator: Emulator, name: str) -> list[str]:
    states: list[str] = shown(emulator, name)["states"]
    return states


def test_the_table_has_every_kind_of_job_in_every_state_of_the_demo(emulator: Emulator) -> None:
    listed = emulator.http.get("/_emulator/jobs").json()["jobs"]
    for kind in ("organization", "project", "key", "domain"):
        listed += emulator.http.get("/_emulator/jobs", params={"kind": kind}).json()["jobs"]
    kinds = {(one["id"].rpartition("/")[0], one["status"]): one["id"] for one in listed}
    named = {(one["id"].rpartition("/")[0], one["status"]) for one in listed if one["id"] in JOBS}
    assert named == set(kinds)


@pytest.mark.parametrize(
    ("name", "state", "end"),
    [
        ("autosend/campaign/66a0c1d2e3f4a5b6c7d80001", "sending", "sent"),
        ("autosend/campaign/66a0c1d2e3f4a5b6c7d80002", "sending", "sent"),
        ("autosend/campaign/66a0c1d2e3f4a5b6c7d80006", "sending", "sent"),
        ("rcs/campaign/2", "sending", "done"),
        ("altcraft/mailing/47", "running", "completed"),
        ("altcraft/mailing/12", "draining", "completed"),
    ],
)
@pytest.mark.parametrize("by", ["action", "status"])
def test_what_has_nothing_left_to_send_is_finished(
    emulator: Emulator, name: str, state: str, end: str, by: str
) -> None:
    force(emulator, name, state)
    answer = steer(emulator, name, **({"action": "finish"} if by == "action" else {"status": end}))
    assert answer.json()["status"] == end


def test_an_action_that_leads_elsewhere_now_is_refused_and_undone(emulator: Emulator) -> None:
    name = "rcs/campaign/1"
    emulator.http.post("/_emulator/balances/rcs", json={"set": 0})
    before = shown(emulator, name)
    refused = steer(emulator, name, status="done")
    assert refused.status_code == 409
    assert "finish leads to paused and not to done" in refused.json()["detail"]
    assert shown(emulator, name) == before


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("rcs/campaign/1", "done"),
        ("autosend/campaign/66a0c1d2e3f4a5b6c7d80005", "sending"),
        ("altcraft/mailing/26", "running"),
    ],
)
def test_force_sets_a_state_that_the_action_does_not_lead_to(
    emulator: Emulator, name: str, state: str
) -> None:
    emulator.http.post("/_emulator/balances/rcs", json={"set": 0})
    emulator.query("DELETE FROM autosend_domain")
    emulator.query("UPDATE altcraft_campaign SET state = 'inactive'")
    assert steer(emulator, name, status=state).status_code == 409
    force(emulator, name, state)


OF_AUTOSEND = [name for name in JOBS if name.startswith("autosend/campaign/")]
OF_RCS = [name for name in JOBS if name.startswith("rcs/campaign/")]


def seen_by_a_client(emulator: Emulator, name: str) -> Any:
    """Return a campaign as its provider shows it."""
    provider, _, key = name.split("/")
    path, credential = {
        "autosend": (f"/v1/campaigns/{key}", "AS_emulator000000000000"),
        "rcs": (f"/api/campaigns/{key}", "live_emulator000000000000"),
    }[provider]
    return emulator.http.get(path, headers={"Authorization": f"Bearer {credential}"}).json()["data"]


def forced_twice(emulator: Emulator, name: str) -> Iterator[tuple[str, str, Any]]:
    """Force a campaign to each pair of states, one after the other; yield both, and the client's view."""
    for state in states_of(emulator, name):
        for later in states_of(emulator, name):
            begin(emulator, name)
            force(emulator, name, state)
            force(emulator, name, later)
            yield state, later, seen_by_a_client(emulator, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_AUTOSEND)
def test_autosend_shows_the_times_that_belong_to_a_state(emulator: Emulator, name: str) -> None:
    for state, later, seen in forced_twice(emulator, name):
        set_ = {field for field in ("sentAt", "abortedAt", "failureReason") if seen[field] is not None}
        belonging = {"sent": {"sentAt"}, "aborted": {"abortedAt"}, "failed": {"failureReason"}}
        assert set_ == belonging.get(later, set()), (state, later)
        paused = {field for field in ("pausedAt", "pausedReason") if seen[field] is not None}
        assert later != "paused" or len(paused) == 2, (state, later)
        assert later not in {"draft", "scheduled"} or not paused, (state, later)


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_RCS)
def test_rcs_shows_the_times_that_belong_to_a_state(emulator: Emulator, name: str) -> None:
    for state, later, seen in forced_twice(emulator, name):
        assert (seen["finished_at"] is not None) == (later in {"done", "stopped"}), (state, later)
        has_begun = {"sending": True, "paused": True, "done": True, "stopped": seen["real_start_at"]}
        assert (seen["real_start_at"] is not None) == bool(has_begun.get(later)), (state, later)


@pytest.mark.slow
@pytest.mark.parametrize("name", JOBS)
def test_every_state_is_forced_and_stays(emulator: Emulator, name: str) -> None:
    kind = name.rpartition("/")[0]
    for state in states_of(emulator, name):
        begin(emulator, name)
        force(emulator, name, state)
        before = handed_over(emulator, name)
        emulator.advance("3d")
        check_calm(emulator, state)
        if state in STILL.get(kind, ()):
            assert (shown(emulator, name)["status"], handed_over(emulator, name)) == (state, before)


@pytest.mark.slow
@pytest.mark.parametrize("name", JOBS)
def test_every_action_that_a_forced_state_allows(emulator: Emulator, name: str) -> None:
    for state in states_of(emulator, name):
        begin(emulator, name)
        untried: list[str] = force(emulator, name, state)["actions"]
        while untried:
            answer = steer(emulator, name, action=(action := untried.pop()))
            assert answer.status_code in {200, 409}, (state, action, answer.text)
            emulator.advance("3d")
            check_calm(emulator, (state, action))
            if untried:
                begin(emulator, name)
                force(emulator, name, state)


WAITS = ("1s", "2m", "1h", "1d", "15d")
STEPS = st.lists(
    st.tuples(st.sampled_from(("wait", "act", "bring", "force")), st.integers(0, 59)), min_size=2, max_size=8
)
"""Actions on a job: a word, and the number of one of the possible choices."""


def step(emulator: Emulator, name: str, word: str, number: int) -> str:
    """Take a step, and return it in words. A state is reached as wished for, or the wish is refused."""
    job = shown(emulator, name)
    if word == "wait":
        emulator.advance(chosen := WAITS[number % len(WAITS)])
        return chosen
    choices: list[str] = job["actions"] if word == "act" else job["states"]
    if not choices:
        return "nothing"
    chosen = choices[number % len(choices)]
    wanted: dict[str, Any] = {"action": chosen} if word == "act" else {"status": chosen}
    answer = steer(emulator, name, **wanted | ({"force": True} if word == "force" else {}))
    assert answer.status_code in ({200} if word == "force" else {200, 409}), answer.text
    if answer.status_code == 200 and word != "act":
        assert answer.json()["status"] == chosen
    return f"{word} {chosen}"


@pytest.mark.slow
@pytest.mark.parametrize("name", JOBS)
@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_any_steps_one_after_another(emulator: Emulator, name: str, steps: list[tuple[str, int]]) -> None:
    begin(emulator, name)
    trail = [step(emulator, name, *one) for one in steps]
    emulator.advance("3d")
    check_calm(emulator, trail)
