"""Outcomes: recipients that decide what becomes of their messages, and rules that take precedence."""

from collections.abc import Iterable, Sequence
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from emulator.control.problems import Problem
from emulator.control.values import (
    Chosen,
    Duration,
    Providers,
    RowNumber,
    Wanted,
    check_kind,
    check_word,
    duration_of,
    find_row,
    invalid,
    milliseconds,
    provider_named,
    shaped,
)
from emulator.providers import Provider
from emulator.sandbox.parts import kinds_of
from emulator.sending.rules import REGISTRATIONS, OutcomeRule, forget_registration, rules_of

MOST_RULES = 1000


REASON = "[A-Za-z]{1,50}"
Reason = Annotated[
    str,
    shaped(REASON, "must be one word of up to 50 letters, such as NoEmail"),
    Field(json_schema_extra={"pattern": f"^{REASON}$"}),
]


class NewRule(Wanted):
    """The outcome of the messages that match. A field that is left out matches any."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"recipient": "*@b.test", "outcome": "delayed"}]}
    )

    provider: str | None = Field(None, examples=["autosend"])
    channel: str | None = Field(None, examples=["email"])
    recipient: str | None = Field(
        None, min_length=1, max_length=320, description="Address or number; `*` and `?` stand for any"
    )
    job: str | None = Field(None, max_length=200, examples=["autosend/campaign/60d5ec49f1b2c72d9c8b4567"])
    outcome: str = Field(
        max_length=50,
        examples=["bounced"],
        description="A word for an outcome. Or `not_registered`: the phones lack the service of the channel "
        "(RCS, Viber, WhatsApp); or `registered`: they have it, whatever digits they end with",
    )
    delay: Duration | None = Field(None, description="How much later everything after the sending happens")

    reason: Reason | None = Field(
        None,
        examples=["NoEmail"],
        description="Why, in AutoSend's words: the sub-type of a bounce, the type of a delay",
    )

    @model_validator(mode="after")
    def _agrees_with_its_job(self) -> "NewRule":
        if self.job is not None and self.provider not in {None, self.job.partition("/")[0]}:
            raise ValueError("job and provider contradict each other")
        if self.outcome in REGISTRATIONS and (self.delay is not None or self.reason is not None):
            raise ValueError("a registration has no delay and no reason")
        return self


class RuleView(BaseModel):
    """A rule, with the number of messages that it decided on."""

    id: int
    provider: str | None
    channel: str | None
    recipient: str | None
    job: str | None
    outcome: str
    delay: str | None = Field(examples=["5m"])
    reason: str | None
    hits: int


class MagicRecipient(BaseModel):
    """Recipients that decide the outcome of their messages."""

    provider: str = Field(examples=["rcs"])
    channel: str = Field(examples=["rcs"])
    recipient: str = Field(examples=["…901"])
    outcome: str = Field(description="The word that rules take", examples=["read"])
    meaning: str = Field(examples=["delivered, read after a minute"])


class RuleList(BaseModel):
    total: int
    rules: list[RuleView] = Field(
        description="In the order in which they are asked: the first that fits decides"
    )
    magic: list[MagicRecipient] = Field(description="The recipients that decide where no rule does")
    words: list[str] = Field(description="The words that rules may have as their outcome")


router = APIRouter(prefix="/_emulator/outcomes", tags=["Outcomes"])


@router.get("", summary="List the outcome rules and the magic recipients")
async def list_outcomes(sandbox: Chosen, providers: Providers) -> RuleList:
    """Return the rules of a sandbox, and the recipients that decide where no rule does."""
    with sandbox.turn() as turn:
        rules = [_view(rule) for rule in rules_of(turn.session)]
    words = _words(providers, None)
    return RuleList(total=len(rules), rules=rules, magic=list(_magic(providers)), words=words)


@router.post("", summary="Set an outcome rule", status_code=201)
async def add_outcome_rule(wanted: NewRule, sandbox: Chosen, providers: Providers) -> RuleView:
    """Set the outcome of messages that are handed over from now on. Earlier rules take precedence.

    Rules about registration are asked before all others, and of these, the latest takes precedence.
    """
    _check(wanted, providers)
    with sandbox.turn() as turn:
        delay = milliseconds(wanted.delay) if wanted.delay else 0
        rule = OutcomeRule(**wanted.model_dump(exclude={"delay"}), delay=delay)
        if rule.outcome in REGISTRATIONS:
            forget_registration(turn.session, rule)
        if len(rules_of(turn.session)) >= MOST_RULES:
            raise Problem(409, f"There are {MOST_RULES} outcome rules; delete some.")
        turn.session.add(rule)
        return _view(rule)


@router.delete("/{rule_id}", summary="Delete an outcome rule", status_code=204)
async def delete_outcome_rule(rule_id: RowNumber, sandbox: Chosen) -> None:
    """Delete a rule. Messages that it has decided on keep their outcome."""
    with sandbox.turn() as turn:
        turn.session.delete(find_row(turn, OutcomeRule, rule_id, "outcome rule"))


@router.delete("", summary="Delete all outcome rules", status_code=204)
async def delete_outcome_rules(sandbox: Chosen) -> None:
    """Delete all rules, so that recipients decide all outcomes again."""
    with sandbox.turn() as turn:
        for rule in rules_of(turn.session):
            turn.session.delete(rule)


def _check(wanted: NewRule, providers: Sequence[Provider]) -> None:
    """Raise Problem for a rule that could never match, or whose outcome does not exist."""
    named = wanted.provider if wanted.job is None else _provider_of(wanted.job, providers)
    asked = list(providers) if named is None else [provider_named(providers, named)]
    channels = dict.fromkeys(channel for provider in asked for channel in provider.channels)
    check_word("channel", wanted.channel, channels, "a channel of messages there")
    words = _words(asked, wanted.channel)
    check_word("outcome", wanted.outcome, words, "an outcome that messages can have there")
    if wanted.reason is not None and not any(
        wanted.outcome in one.explained and wanted.channel in {None, *one.channels} for one in asked
    ):
        explained = dict.fromkeys(word for one in providers for word in one.explained)
        raise invalid(
            "reason", f"goes with the outcomes {', '.join(explained)}, where a provider explains them"
        )


def _provider_of(job: str, providers: Sequence[Provider]) -> str:
    """Return the provider of the job with this name. Raises Problem for a name that no job can have."""
    check_kind("job", job, (one.word for one in kinds_of(providers) if one.is_sending))
    provider, kind, *key = job.split("/")
    if not "".join(key) or job.endswith("/"):
        raise invalid("job", f"must be the id of a job: {provider}/{kind}/…")
    return provider


def _words(asked: Sequence[Provider], channel: str | None) -> list[str]:
    """Return the words that a rule for a channel may have as its outcome; None stands for any."""
    magic = [one for provider in asked for one in provider.magic]
    words = {one.outcome for one in magic if _can_have(one.channel, channel, asked)}
    services = {service for provider in asked for service in provider.services}
    is_service = bool(services) if channel is None else channel in services
    return sorted(words.union(REGISTRATIONS) if is_service else words)


def _can_have(channel: str, wanted: str | None, providers: Iterable[Provider]) -> bool:
    """Return whether messages on the channel `wanted` can have the outcomes listed for `channel`.

    They can if it is the same channel, or if no provider lists outcomes for `wanted`; None stands for any.
    """
    if wanted is None or wanted == channel:
        return True
    return not any(one.channel == wanted for provider in providers for one in provider.magic)


def _view(rule: OutcomeRule) -> RuleView:
    delay = duration_of(rule.delay) if rule.delay else None
    return RuleView(**rule.model_dump(exclude={"delay"}), delay=delay)


def _magic(providers: Iterable[Provider]) -> Iterable[MagicRecipient]:
    for provider in providers:
        for one in provider.magic:
            yield MagicRecipient(
                provider=provider.name,
                channel=one.channel,
                recipient=one.recipient,
                outcome=one.outcome,
                meaning=one.meaning,
            )
