"""The contradictions between parts of an RCS fixture, which the API would refuse.

A sender that is blocked or inactive now may have sent before.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from emulator.rcs.account.campaigns import CampaignFixture
from emulator.rcs.account.statistics import OperatorFixture
from emulator.rcs.account.tariffs import SenderFixture, SenderRequestFixture, TariffFixture
from emulator.rcs.account.two_factor import TemplateFixture, TwoFactorFixture
from emulator.rcs.channels import RCS, SMS
from emulator.rcs.senders import is_unwanted
from emulator.sandbox.fixtures import Place, further_defaults, repeated

if TYPE_CHECKING:
    from emulator.rcs.account import AccountFixture

Problems = Iterator[tuple[Place, str]]


def contradictions(account: "AccountFixture") -> Problems:
    """Yield complaints about a debt beyond the credit, duplicates, several defaults, and unknown senders."""
    if account.money < -account.credit:
        yield ("money",), "is further below zero than the credit allows"
    for place in repeated(account.keys):
        yield ("keys", place), "the same key is there before"
    yield from _prefixes_of_two(account.operators)
    yield from _default_tariffs(account.tariffs)
    yield from further_defaults("lists", account.lists)
    yield from further_defaults("short_domains", account.short_domains)
    for place in repeated((sender.type, sender.name, sender.country) for sender in account.senders):
        sender = account.senders[place]
        yield ("senders", place, "name"), f"the {sender.type} sender {sender.name} is there before"
    yield from _requests_of_two(account.sender_requests)
    names = _names(account.senders, account.sender_requests)
    agents = {agent.name for agent in account.agents}
    for place, campaign in enumerate(account.campaigns):
        for within, reason in _strangers(campaign, agents, names):
            yield ("campaigns", place, *within), reason
    for within, reason in _templates(account.two_factor.templates):
        yield ("two_factor", "templates", *within), reason
    for within, reason in _codes(account.two_factor, names):
        yield ("two_factor", *within), reason


def _prefixes_of_two(operators: Sequence[OperatorFixture]) -> Problems:
    seen: set[str] = set()
    for number, operator in enumerate(operators):
        for place, prefix in enumerate(operator.prefixes):
            if prefix in seen:
                yield ("operators", number, "prefixes", place), f"{prefix} is there before"
            seen.add(prefix)


def _default_tariffs(tariffs: Sequence[TariffFixture]) -> Problems:
    defaults = [place for place, tariff in enumerate(tariffs) if tariff.is_default]
    if len(defaults) != 1:
        yield ("tariffs", *defaults[1:2], "default"), "one of the tariffs must be the default one"
    elif not tariffs[defaults[0]].is_active:
        yield ("tariffs", defaults[0], "active"), "the default tariff must be active"


def _requests_of_two(requests: Sequence[SenderRequestFixture]) -> Problems:
    """Yield complaints about requests for a sender that has an earlier one which is not rejected."""
    seen: set[tuple[str, str, str]] = set()
    for place, request in enumerate(requests):
        own = request.type, request.sender, request.country_code
        if own in seen:
            reason = f"the {request.type} sender {request.sender} was asked for before"
            yield ("sender_requests", place, "sender"), reason
        elif not is_unwanted(request.sender, request.description, request.informing_purpose):
            seen.add(own)


def _names(senders: Sequence[SenderFixture], requests: Sequence[SenderRequestFixture]) -> set[str]:
    """Return the names that an SMS may have come from: those of senders and of requests for senders."""
    own = {sender.name for sender in senders if sender.type == SMS}
    return own | {request.sender for request in requests if request.type == SMS}


def _strangers(campaign: CampaignFixture, agents: set[str], names: set[str]) -> Problems:
    """Yield complaints about senders of a campaign that do not exist."""
    if campaign.sender not in (agents if campaign.channel == RCS else names):
        yield ("sender",), f"campaign {campaign.id} has a sender that is not there: {campaign.sender}"
    if campaign.fallback is not None and campaign.fallback.sender not in names:
        yield ("fallback", "sender"), f"there is no SMS sender {campaign.fallback.sender}"


def _templates(templates: Sequence[TemplateFixture]) -> Problems:
    """Yield complaints about templates of the same name, and about default ones that the API can not have."""
    seen: set[str] = set()
    usual = [template for template in templates if template.is_default]
    for place, template in enumerate(templates):
        if template.status != "deleted":
            if template.name in seen:
                yield (place, "name"), f"another one has the same name: {template.name}"
            seen.add(template.name)
        if template.is_default and template is not usual[0]:
            yield (place, "default"), "only one of the templates can be the default one"
        elif template.is_default and template.status != "approved":
            yield (place, "status"), "the default template is approved"
        elif template.is_default and template.countries:
            yield (place, "countries"), "the default template is for every country"


def _codes(two_factor: TwoFactorFixture, names: set[str]) -> Problems:
    """Yield complaints about senders and templates that can not have sent the codes of sessions."""
    never = {template.id for template in two_factor.templates if template.status in {"requested", "rejected"}}
    for place, session in enumerate(two_factor.sessions):
        if session.sender not in names:
            yield ("sessions", place, "sender"), f"there is no SMS sender {session.sender}"
        if session.template in never:
            yield ("sessions", place, "template"), f"template {session.template} was never approved"
