"""AutoSend, the e-mail API at https://api.autosend.com/v1.

The sections in api/ are those of https://docs.autosend.com/api-reference.
"""

from functools import partial
from pathlib import Path

from emulator.autosend import (
    arrival,
    credentials,
    domains,
    identity,
    inbound,
    keys,
    links,
    migration,
    organizations,
    refusals,
    steering,
    support,
)
from emulator.autosend.dialect import AutoSendDialect
from emulator.autosend.sending import analytics, campaigns, engagement, runs
from emulator.autosend.sending.delivery import MAILS
from emulator.autosend.sending.notices import NOTICES
from emulator.autosend.smtp_watching import SMTP
from emulator.autosend.tables.account import REMEMBERED, Project
from emulator.autosend.tables.automations import AUTOMATION
from emulator.autosend.tables.campaigns import CAMPAIGN, GRADUAL_CAMPAIGN, Campaign
from emulator.autosend.webhooks import HOOKS
from emulator.engine.back import go_on
from emulator.gateway.catalogue import Catalogue
from emulator.gateway.sections import Sections
from emulator.providers import Provider
from emulator.sandbox.fixtures import Accounts
from emulator.sending.mail import MAIL_MAGIC
from emulator.sending.pace import Pacing

HERE = Path(__file__).parent


def autosend(*, enforce_rate_limit: bool = False, takes_plain_addresses: bool = False) -> Provider:
    """Return the provider AutoSend; with `enforce_rate_limit`, at most 2 requests a second are allowed.

    With `takes_plain_addresses`, the addresses of mails may be texts instead of objects with `email`.
    """
    catalogue = Catalogue.load(HERE / "endpoints.json")
    return Provider(
        name="autosend",
        title="AutoSend",
        prefixes=("/v1/",),
        base_path="/v1",
        credential_variable="AUTOSEND_API_KEY",
        version="v1",
        documentation="https://docs.autosend.com/api-reference",
        description="E-mail: campaigns, mails, contacts. Real host: https://api.autosend.com",
        security={"type": "http", "scheme": "bearer"},
        subjects={
            "autosend.campaign:": "autosend_campaign",
            analytics.SUBJECT: "autosend_campaign",
            "autosend.run:": "autosend_automation_run",
            "autosend.domain:": "autosend_domain",
            "autosend.inbound:": "autosend_inbound_mail",
            "autosend.migration:": "autosend_migration",
            keys.SUBJECT: "autosend_api_key",
            organizations.INVOICE: "autosend_organization",
            organizations.SUBSCRIPTION: "autosend_organization",
            organizations.QUOTA: "autosend_organization",
        },
        credential_fields=frozenset({"resendapikey", "sendgridapikey"}),
        credential_shape=(
            r"(?:ASA?_(?:[A-Za-z0-9]+[._])?[A-Za-z0-9]{8,}|asa?_(?:[A-Za-z0-9]+[._])?[A-Za-z0-9]{16,})"
            r"(?:[._][A-Za-z0-9]+)*"
        ),
        dialect=AutoSendDialect(
            enforce_rate_limit=enforce_rate_limit, takes_plain_addresses=takes_plain_addresses
        ),
        doors=(SMTP,),
        catalogue=catalogue,
        sections=Sections("emulator.autosend.api", HERE / "api", catalogue),
        lifecycles=(CAMPAIGN, GRADUAL_CAMPAIGN, AUTOMATION),
        general_errors=(
            refusals.ValidationFailed,
            refusals.InvalidEncryptedPayload,
            refusals.Unauthorized,
            refusals.PlanUpgradeRequired,
            refusals.InsufficientPermissions,
            refusals.RateLimitExceeded,
            refusals.InternalServerError,
        ),
        hooks=HOOKS,
        senders=(campaigns.SENDER, MAILS, NOTICES),
        pacing=Pacing(Project, Campaign),
        kinds=(
            steering.Campaigns(),
            steering.Automations(),
            organizations.Organizations(),
            support.Projects(),
            support.Domains(),
            support.Migrations(),
            support.Keys(),
        ),
        channels=("email",),
        magic=MAIL_MAGIC,
        explained=("bounced", "soft-bounced", "delayed"),
        events=campaigns.events()
        | MAILS.events()
        | NOTICES.events()
        | runs.events()
        | engagement.events()
        | inbound.events()
        | arrival.events()
        | domains.events()
        | migration.events()
        | keys.events()
        | organizations.events()
        | REMEMBERED.events(),
        going_back=(
            campaigns.go_back,
            analytics.go_back,
            domains.go_back,
            REMEMBERED.go_back,
            partial(go_on, names=(migration.MIGRATE, *inbound.IN_THE_BACKGROUND)),
        ),
        account=Accounts("emulator.autosend.account"),
        credentials=credentials.grants,
        names=credentials.smtp_grants,
        environment=credentials.environment,
        content=steering.content,
        identity=identity.identity,
        named=identity.named,
        wordings=identity.wordings,
        subject=steering.subject,
        follow=links.follow,
        receive_mail=inbound.receive,
        issued=credentials.issued,
        reissue=credentials.reissue,
    )
