"""For any sequence of requests and clock changes, campaigns and the balance keep their invariants."""

from collections import Counter
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from emulator.rcs.tables.campaigns import CAMPAIGN, SMS_CAMPAIGN
from tests.conftest import Emulator
from tests.rcs.conftest import Rcs

pytestmark = pytest.mark.slow

PHONES = [f"38067{number:04}{ending}" for number, ending in enumerate(("111", *range(901, 910), "112"))]
DURATIONS = st.sampled_from(["1ms", "999ms", "1s", "2s", "5s", "1m", "1h", "1d", "73h"])
FALLBACK = {"alternative_channel": {"sms": {"text": "Hello", "sender": "Shop", "validity": 1}}}
OVER = {"stopped", "done", "spam"}
CASCADES = [["sms"], ["viber"], ["viber", "sms"], ["sms", "viber"], ["rcs", "viber"], ["viber", "rcs"]]
PARTS = {"rcs": {"sender": "my_agent"}, "sms": {"sender": "Shop"}, "viber": {"sender": "Notify"}}


class Campaigns(RuleBasedStateMachine):
    emulator: ClassVar[Emulator]
    made = Bundle("made")

    def __init__(self) -> None:
        super().__init__()
        self.emulator.reset()
        self.emulator.calm("rcs")
        self.rcs = Rcs(self.emulator)
        self.status: dict[int, str] = {}
        self.gone: dict[int, int] = {}
        self.money = Decimal(str(self.rcs.balance())) + self._charged()

    @rule(
        target=made,
        phones=st.lists(st.sampled_from(PHONES), min_size=1, unique=True),
        text=st.sampled_from(["Hello", "Spam"]),
        more=st.sampled_from([{}, FALLBACK, {"start_at": "2026-03-20 00:00:00"}]),
    )
    def send(self, phones: list[str], text: str, more: dict[str, Any]) -> int:
        number = len(self.status)
        answer = self.rcs.call(
            "POST",
            "/campaigns/rcs/send",
            {
                "phones": [{"number": phone} for phone in phones],
                "sender": "my_agent",
                "options": {"text": f"{text} {number}"},
            }
            | more,
        )
        if answer.status_code == 422:
            assert "start_at" in answer.json()["errors"]
            return 1
        campaign = int(answer.json()["data"]["id"])
        self._read(campaign)
        return campaign

    @rule(
        target=made,
        phones=st.lists(st.sampled_from(PHONES), min_size=1, unique=True),
        channels=st.sampled_from(CASCADES),
    )
    def send_by(self, phones: list[str], channels: list[str]) -> int:
        """Send by one channel, or by two, the second as the substitute of the first."""
        recipients = {"phones": [{"number": phone} for phone in phones]}
        body: dict[str, Any] = {"channels": channels, "recipients": recipients}
        body |= {channel: PARTS[channel] | {"text": f"Hello {len(self.status)}"} for channel in channels}
        campaign = int(self.rcs.data("POST", "/campaigns/send", body)["id"])
        self._read(campaign)
        return campaign

    @rule(
        target=made, phones=st.lists(st.sampled_from(PHONES), min_size=1, unique=True), has_sms=st.booleans()
    )
    def send_by_whatsapp(self, phones: list[str], has_sms: bool) -> int:  # noqa: FBT001 -- hypothesis names it
        body: dict[str, Any] = {"phones": [{"number": phone} for phone in phones], "sender": "my_agent"}
        body |= {"template": {"name": "hello", "language": {"code": "en"}}} | (FALLBACK if has_sms else {})
        campaign = int(self.rcs.data("POST", "/campaigns/whatsapp/send", body)["id"])
        self._read(campaign)
        return campaign

    @rule(campaign=made, action=st.sampled_from(["stop", "renew"]))
    def act(self, campaign: int, action: str) -> None:
        shown = self.rcs.campaign(campaign)
        before = shown["status"]
        lifecycle = SMS_CAMPAIGN if shown["message_type"] == "sms" else CAMPAIGN
        expected = lifecycle.target(before, action)
        answer = self.rcs.call("PUT", f"/campaigns/{campaign}/{action}")
        assert (answer.status_code == 200) == (expected is not None)
        self._read(campaign)
        assert self.status[campaign] == (expected or before)

    @rule(duration=DURATIONS)
    def wait(self, duration: str) -> None:
        self.emulator.advance(duration)
        for campaign in list(self.status):
            self._read(campaign)

    @invariant()
    def counters_are_those_of_the_messages(self) -> None:
        for campaign in self.status:
            messages = self._messages(campaign)
            detail = self.rcs.detail(campaign)
            for channel, counters in self._counters(detail):
                found = Counter(row["status"] for row in messages if row["type"] == channel)
                named = {name: number for name, number in counters.items() if number}
                if "not_service_user" in found:
                    found["not_rcs_user"] = found.pop("not_service_user")
                assert named == dict(found)

    @invariant()
    def money_is_what_was_charged(self) -> None:
        assert Decimal(str(self.rcs.balance())) + self._charged() == self.money

    @invariant()
    def nothing_is_reserved_for_what_is_over(self) -> None:
        ((reserved,),) = self.emulator.query("SELECT reserved FROM rcs_account")
        assert reserved >= 0

    def _counters(self, detail: Any) -> list[tuple[str, dict[str, int]]]:
        channels = detail["alternative_channels"]
        fallback = [(name, counters["statistics"]) for name, counters in (channels or {}).items()]
        return [(detail["type"], detail["statistics"]), *fallback]

    def _charged(self) -> Decimal:
        listed = self.rcs.data("GET", "/campaigns", params={"filter[to]": "2026-06-01 00:00:00"})
        prices = (Decimal(self.rcs.detail(row["id"])["total_price"]) for row in listed)
        return sum(prices, Decimal(self.rcs.detail(1)["total_price"]))

    def _messages(self, campaign: int) -> Any:
        return self.rcs.data("GET", "/messages", params={"filter[campaign_id]": campaign, "page[limit]": 500})

    def _read(self, campaign: int) -> None:
        before = self.status.get(campaign)
        self.status[campaign] = self.rcs.campaign(campaign)["status"]
        gone = sum(1 for row in self._messages(campaign) if row["sent_at"] is not None)
        assert gone >= self.gone.get(campaign, 0), "sent shrank"
        if before in {"stopped", "spam"}:
            assert gone == self.gone[campaign], "something went out after a stop"
        if before in OVER:
            assert self.status[campaign] == before
        self.gone[campaign] = gone


def test_campaigns_keep_their_rules(running: Emulator) -> None:
    Campaigns.emulator = running
    run_state_machine_as_test(
        Campaigns, settings=settings(max_examples=10, stateful_step_count=20, deadline=None, derandomize=True)
    )
