"""Altcraft, the marketing platform's API at https://ru.altkraft.com/api/v1.1.

The sections in api/ are those of https://guides.altcraft.com/en/developer-guide.
"""

from pathlib import Path
from typing import Literal

from emulator.altcraft import (
    credentials,
    devices,
    identity,
    pasts,
    pushes,
    reactions,
    refusals,
    scenarios,
    sending,
    steering,
    tasks,
    triggers,
)
from emulator.altcraft.choosing import refreshing
from emulator.altcraft.dialect import AltcraftDialect
from emulator.altcraft.loyalty import transactions
from emulator.altcraft.people import rows
from emulator.altcraft.tables.account import REMEMBERED, Account
from emulator.altcraft.tables.campaigns import CAMPAIGN
from emulator.altcraft.tables.mailings import BROADCAST, REGULAR, TRIGGER, Mailing
from emulator.altcraft.tables.scenarios import SCENARIO
from emulator.altcraft.tables.tasks import KEPT_TASKS
from emulator.gateway.catalogue import Catalogue
from emulator.gateway.sections import Sections
from emulator.providers import Provider
from emulator.sandbox.fixtures import Accounts
from emulator.sending.mail import MAIL_MAGIC
from emulator.sending.pace import Pacing

HERE = Path(__file__).parent


def altcraft(*, http_status: Literal["ok", "mirror"] = "ok") -> Provider:
    """Return the provider; with `mirror`, the HTTP status of a refusal is its code."""
    catalogue = Catalogue.load(HERE / "endpoints.json")
    return Provider(
        name="altcraft",
        title="Altcraft",
        prefixes=(
            "/api/v1.1/",
            "/api/v1.0/",
            "/api/integrations/",
            "/api/download/",
            "/integrations/",
            "/push_subscribe/",
            "/subscription/",
            "/profile/",
            "/event/",
            "/trg/",
            "/pixel/",
            "/push/",
        ),
        base_path="/api/v1.1",
        credential_variable="ALTCRAFT_TOKEN",
        version="v75",
        documentation="https://guides.altcraft.com/en/developer-guide",
        description="Marketing platform: campaigns, mailings, profiles. Real host: https://ru.altkraft.com",
        security={"type": "http", "scheme": "bearer"},
        subjects={
            "altcraft.mailing:": "altcraft_mailing",
            "altcraft.campaign:": "altcraft_campaign",
            "altcraft.scenarios:": "altcraft_campaign",
            "altcraft.resource:": "altcraft_resource",
        },
        credential_fields=frozenset({"token", "rtoken", "resource_token"}),
        dialect=AltcraftDialect(mirror_status=http_status == "mirror"),
        catalogue=catalogue,
        sections=Sections("emulator.altcraft.api", HERE / "api", catalogue),
        lifecycles=(BROADCAST, REGULAR, TRIGGER, CAMPAIGN, SCENARIO),
        general_errors=(
            refusals.IncorrectRequest,
            refusals.TokenRequired,
            refusals.AccessDenied,
            refusals.InternalError,
        ),
        hooks=sending.SENDER.hooks,
        senders=(sending.SENDER,),
        pacing=Pacing(Account, Mailing),
        kinds=(steering.Mailings(), steering.Campaigns(), steering.Scenarios()),
        channels=("email", "sms", "push"),
        magic=MAIL_MAGIC,
        events=sending.events()
        | pasts.events()
        | triggers.events()
        | scenarios.events()
        | reactions.events()
        | devices.events()
        | pushes.events()
        | transactions.events(),
        going_back=(
            sending.go_back,
            refreshing.go_back,
            tasks.go_back,
            devices.go_back,
            rows.go_back,
            REMEMBERED.go_back,
            KEPT_TASKS.go_back,
        ),
        account=Accounts("emulator.altcraft.account"),
        credentials=credentials.grants,
        names=credentials.names,
        environment=credentials.environment,
        content=steering.content,
        subject=steering.subject,
        identity=identity.identity,
        named=identity.named,
        wordings=identity.wordings,
        issued=credentials.issued,
        reissue=credentials.reissue,
    )
