"""RCS (Telco WWT, BSG), the messaging API at https://one-api.wwt.world.

The sections in api/ are those of https://telcowwt.com/documentations/rest-api/.
"""

from functools import partial
from pathlib import Path

from emulator.engine.back import go_on
from emulator.engine.engine import Handler
from emulator.gateway.catalogue import Catalogue
from emulator.gateway.sections import Sections
from emulator.providers import Provider
from emulator.rcs import (
    clicks,
    credentials,
    identity,
    mails,
    money,
    outcomes,
    refusals,
    senders,
    sending,
    short_links,
    slugs,
    statistics,
    steering,
    two_factor,
)
from emulator.rcs.channels import CHANNELS
from emulator.rcs.dialect import RcsDialect, go_back
from emulator.rcs.tables.account import SENDER_REQUEST, Account
from emulator.rcs.tables.campaigns import CAMPAIGN, SMS_CAMPAIGN
from emulator.rcs.tables.two_factor import OTP_TEMPLATE
from emulator.sandbox.fixtures import Accounts
from emulator.sending.mail import MAIL_MAGIC
from emulator.sending.pace import Pacing

HERE = Path(__file__).parent

IN_THE_BACKGROUND = (
    *("rcs.moderate", "rcs.judge", "rcs.otp_moderation", "rcs.sender_request"),
    *("rcs.short_domain", "rcs.statistics"),
)
"""The due events of work that clients wait for: moderation, activation of a domain, a statistic job."""


def rcs() -> Provider:
    catalogue = Catalogue.load(HERE / "endpoints.json")
    return Provider(
        name="rcs",
        title="RCS (One API)",
        prefixes=("/api/",),
        base_path="",
        credential_variable="RCS_API_KEY",
        version="2.0",
        documentation="https://bsg.world/developers/rest-api/introduction",
        description=(
            "RCS, SMS, Viber and WhatsApp messages, one standing in for another; contacts, one-time "
            "passwords, short links, e-mail. Real host: https://one-api.wwt.world"
        ),
        security={"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        subjects={
            "rcs.campaign:": "rcs_campaign",
            senders.SUBJECT: "rcs_sender_request",
            two_factor.SESSION: "rcs_otp_session",
            two_factor.TEMPLATE: "rcs_otp_template",
            "rcs.statistic_job:": "rcs_statistic_job",
        },
        credential_fields=frozenset({"api_key", "bearer"}),
        credential_shape=(
            r"live_[A-Za-z0-9]{8,}|test_[A-Za-z0-9]{16,}|eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)*"
        ),
        dialect=RcsDialect(),
        catalogue=catalogue,
        sections=Sections("emulator.rcs.api", HERE / "api", catalogue),
        lifecycles=(CAMPAIGN, SMS_CAMPAIGN, SENDER_REQUEST, OTP_TEMPLATE),
        general_errors=(
            refusals.SyntaxFault,
            refusals.ByteOrderMark,
            refusals.TooManyValues,
            refusals.GivenDataInvalid,
            refusals.UnsupportedMediaType,
            refusals.TokenNotFound,
            refusals.InvalidToken,
            refusals.ExpiredToken,
            refusals.InternalServerError,
        ),
        hooks=sending.CAMPAIGNS.hooks,
        senders=(sending.CAMPAIGNS, sending.SINGLES, mails.MAILS),
        pacing=Pacing(Account),
        numbers={
            "rcs.campaign": 1000,
            "rcs.contact": 800,
            "rcs.short_link": slugs.ROOM,
            "rcs.unsubscribe": slugs.ROOM,
        },
        channels=(*CHANNELS, mails.EMAIL),
        services=[channel.name for channel in CHANNELS.values() if channel.not_a_user is not None],
        magic=outcomes.MAGIC + MAIL_MAGIC,
        kinds=(steering.Campaigns(), steering.SenderRequests(), steering.OtpTemplates()),
        events=_events(),
        going_back=(go_back, partial(go_on, names=IN_THE_BACKGROUND)),
        visit=clicks.visit,
        may_have=slugs.may_be_of,
        has_short_domain=clicks.has_domain,
        account=Accounts("emulator.rcs.account"),
        credentials=credentials.grants,
        names=credentials.names,
        content=steering.content,
        identity=identity.identity,
        named=identity.named,
        wordings=identity.wordings,
        purse=money.RcsPurse(),
        issued=credentials.issued,
        reissue=credentials.reissue,
    )


def _events() -> dict[str, Handler]:
    """Return the handlers of all due events."""
    rooms = (sending, mails, senders, two_factor, short_links, statistics)
    return {name: handler for room in rooms for name, handler in room.events().items()}
