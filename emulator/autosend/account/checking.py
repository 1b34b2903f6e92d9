"""Finds contradictions within a project's fixture, and content that the API would refuse."""

from collections.abc import Container, Iterable, Iterator, Sequence

from emulator.autosend.account.automations import AutomationFixture
from emulator.autosend.account.contacts import ContactFixture, ListFixture, PropertyFixture
from emulator.autosend.account.inbound import InboundFixture
from emulator.autosend.account.sending import CampaignFixture, DomainFixture, SenderFixture, TemplateFixture
from emulator.autosend.audience import DEEPEST
from emulator.autosend.contacts import is_of_type
from emulator.autosend.limits import MOST_DRAFTS
from emulator.autosend.rendering import check_templates
from emulator.autosend.tables.contacts import GLOBAL_LIST
from emulator.sandbox.fixtures import Place

Problems = Iterator[tuple[Place, str]]


def strangers(senders: Sequence[SenderFixture], domains: Iterable[DomainFixture]) -> Problems:
    """Yield senders at domains that the project does not have."""
    names = {domain.name.lower() for domain in domains}
    for place, sender in enumerate(senders):
        name = sender.email.rpartition("@")[2].lower()
        if name not in names:
            yield ("senders", place, "email"), f"there is no {name} among the domains"


def addressed(campaigns: Sequence[CampaignFixture], lists: Container[str]) -> Problems:
    """Yield the lists that campaigns name and the project does not have."""
    for place, campaign in enumerate(campaigns):
        for field, named in (("lists", campaign.to_lists), ("exclude", campaign.exclude_lists)):
            for number, one in enumerate(named):
                if one != GLOBAL_LIST and one not in lists:
                    yield (
                        ("campaigns", place, field, number),
                        f"there is no {one} among the lists",
                    )


def numerous(campaigns: Iterable[CampaignFixture]) -> Problems:
    """Yield the drafts beyond the largest number."""
    drafts = [place for place, campaign in enumerate(campaigns) if not campaign.begins]
    for place in drafts[MOST_DRAFTS:]:
        yield ("campaigns", place), f"a project has at most {MOST_DRAFTS} drafts"


def undeliverable(mails: Sequence[InboundFixture], domains: Iterable[str]) -> Problems:
    """Yield received mails to domains that the project does not have."""
    names = set(domains)
    for place, mail in enumerate(mails):
        name = mail.to.rpartition("@")[2]
        if name not in names:
            yield ("inbound_mails", place, "to"), f"there is no {name} among the domains"


def malformed(campaigns: Sequence[CampaignFixture], templates: Sequence[TemplateFixture]) -> Problems:
    """Yield empty templates, and malformed templates and subjects, of campaigns that begin."""
    used = {campaign.template_id for campaign in campaigns if campaign.begins}
    for place, template in enumerate(templates):
        if template.id in used:
            if not (template.html.strip() or template.text.strip()):
                yield ("templates", place, "html"), "a campaign that begins has content"
            for name, problem in check_templates(("html", template.html), ("text", template.text)):
                yield ("templates", place, name), problem
    for place, campaign in enumerate(campaigns):
        if campaign.begins:
            for name, problem in check_templates(("subject", campaign.subject)):
                yield ("campaigns", place, name), problem


def misled(
    automations: Sequence[AutomationFixture],
    lists: Container[str],
    events: Container[str],
    templates: Container[str],
) -> Problems:
    """Yield the lists, events and templates that automations name and the project does not have."""
    for place, automation in enumerate(automations):
        within, entry = ("automations", place), automation.entry
        if entry.contact_list_id not in (None, GLOBAL_LIST) and entry.contact_list_id not in lists:
            yield (*within, "entry", "contactListId"), f"there is no {entry.contact_list_id} among the lists"
        if entry.event_name is not None and entry.event_name not in events:
            yield (*within, "entry", "eventName"), f"there is no {entry.event_name} among the events"
        for number, step in enumerate(automation.steps):
            named = step.email.template_id if step.email else None
            if named is not None and named not in templates:
                email = (*within, "steps", number, "email", "templateId")
                yield email, f"there is no {named} among the templates"


def mistyped(contacts: Sequence[ContactFixture], properties: Iterable[PropertyFixture]) -> Problems:
    """Yield values of contacts that are not of their property's type."""
    types = {one.name: one.type for one in properties}
    for place, contact in enumerate(contacts):
        for name, value in contact.custom_fields.items():
            if name in types and not is_of_type(value, types[name]):
                yield ("contacts", place, "fields", name), f"must be a {types[name]}"


def nested(lists: Sequence[ListFixture]) -> Problems:
    """Yield segments whose parent does not exist, and those that are nested too deep or in a circle."""
    parents = {one.id: one.parent_id for one in lists}
    for place, one in enumerate(lists):
        parent, depth = one.parent_id, 0
        while parent in parents and depth <= DEEPEST:
            parent, depth = parents[parent], depth + 1
        if depth > DEEPEST:
            yield ("lists", place, "parent"), f"segments can be nested {DEEPEST} deep"
        elif one.parent_id not in {None, GLOBAL_LIST, *parents}:
            yield ("lists", place, "parent"), f"there is no {one.parent_id} among the lists"
