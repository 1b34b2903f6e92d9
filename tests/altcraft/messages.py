"""Sends messages by templates, and reads their content."""

from typing import Any

from tests.altcraft.conftest import Altcraft

REGULARS = 3
"""The segment of ann@example.com and bob+opened@example.com."""


def sent(
    altcraft: Altcraft,
    fields: dict[str, Any],
    channel: str = "email",
    own: dict[str, Any] | None = None,
    launch: dict[str, Any] | None = None,
    **settings: Any,
) -> list[Any]:
    """Launch a broadcast of a new template to two people; return its messages from the control plane.

    Args:
        altcraft: The client.
        fields: What the template says on the channel.
        channel: The channel of template and mailing.
        own: What the mailing's content has beside the template.
        launch: What the launch is given.
        **settings: Further settings of the mailing.
    """
    channels = [{"sid": channel, "fields": fields}]
    template = altcraft.data("/templates/add", name="Mine", channels=channels)["saved_id"]
    return launched(altcraft, template, channel, own, launch, **settings)


def launched(
    altcraft: Altcraft,
    template: int,
    channel: str = "email",
    own: dict[str, Any] | None = None,
    launch: dict[str, Any] | None = None,
    **settings: Any,
) -> list[Any]:
    """Launch a broadcast of a template to two people; return its messages."""
    body = {"name": "News", "data_type": "segment", "data_id": REGULARS, "send_channel": channel} | settings
    content = [{"message_id": template} | (own or {})]
    mailing = altcraft.data("/campaigns/broadcasts/add", content=content, **body)["saved_id"]
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True, **(launch or {}))
    altcraft.advance("1m")
    return messages(altcraft, mailing)


def messages(altcraft: Altcraft, mailing: int) -> list[Any]:
    http, job = altcraft.emulator.http, f"altcraft/mailing/{mailing}"
    found = http.get("/_emulator/messages", params={"job": job, "limit": 1000}).json()["messages"]
    return [http.get(f"/_emulator/messages/{one['id']}").json() for one in found]


def html(altcraft: Altcraft, message: Any) -> str:
    return str(altcraft.emulator.http.get(f"/_emulator/messages/{message['id']}/html").text)
