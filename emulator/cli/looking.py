"""`emulator requests` and `emulator messages`: list what a sandbox received, and what it sent."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from emulator.cli.asking import Answer, Asked, asking
from emulator.client.lines import address_text, status_text, table, unclaimed_text
from emulator.client.shapes import JournalEntry, Message

REQUEST_COLUMNS = ("NUMBER", "AT", "PROVIDER", "METHOD", "PATH", "STATUS", "NOBODY READ")
UNCLAIMED_COLUMNS = (*REQUEST_COLUMNS, "WHY OF NO SANDBOX")
MESSAGE_COLUMNS = ("ID", "MADE AT", "PROVIDER", "CHANNEL", "RECIPIENT", "STATUS", "JOB", "SUBJECT")

Provider = Annotated[str | None, typer.Option(help="The name of a provider, such as autosend")]
Operation = Annotated[str | None, typer.Option(help="As documented: 'POST /v1/campaigns'")]
Method = Annotated[str | None, typer.Option(help="The HTTP method")]
Status = Annotated[int | None, typer.Option(help="The HTTP status of the answer; 0: none came")]
Text = Annotated[str | None, typer.Option(help="A part of the address or the body")]
Unread = Annotated[bool, typer.Option("--unread", help="Only those with fields that nobody read")]
Unclaimed = Annotated[
    bool,
    typer.Option(
        "--unclaimed",
        help="Those of no sandbox: a wrong credential, Host or base URL",
    ),
]
Limit = Annotated[int, typer.Option(min=1, help="How many at most")]
Recipient = Annotated[str | None, typer.Option(help="A part of the address or number")]
MessageStatus = Annotated[str | None, typer.Option("--status", help="What became of it")]
Channel = Annotated[str | None, typer.Option(help="email, sms, rcs, …")]
Job = Annotated[str | None, typer.Option(help="The campaign or mailing: autosend/campaign/60d5…")]
MessageNumber = Annotated[
    str | None, typer.Option("--id", help="The emulator's, or one of the provider's: an emailId, a batchId")
]
Subject = Annotated[str | None, typer.Option(help="A part of the subject")]
Words = Annotated[str | None, typer.Option("--text", help="A part of what a reader sees")]
Latest = Annotated[bool, typer.Option("--latest", help="Only the latest of those that match")]
Since = Annotated[str | None, typer.Option(help="Made at this time or later: 2026-03-15T14:30:00Z")]
Until = Annotated[str | None, typer.Option(help="Made at this time or before")]
AfterMessage = Annotated[int | None, typer.Option("--after", min=0, help="Only those with a greater id")]
AfterRequest = Annotated[
    int | None, typer.Option("--after", min=0, help="The first that came after the one of this number")
]


def add_to(app: typer.Typer) -> None:
    app.command()(asking(requests))
    app.command()(asking(messages))


def requests(
    asked: Asked,
    provider: Provider = None,
    operation: Operation = None,
    method: Method = None,
    status: Status = None,
    text: Text = None,
    after: AfterRequest = None,
    *,
    unread: Unread = False,
    unclaimed: Unclaimed = False,
    limit: Limit = 20,
) -> Answer:
    """List the latest requests to a sandbox. The latest of all is last."""
    wanted = {
        "provider": provider,
        "operation": operation,
        "method": method,
        "status": status,
        "text": text,
        "after": after,
        "unread": unread or None,
        "unclaimed": unclaimed or None,
        "limit": limit,
    }
    answer = asked.scope.ask("GET", "/requests", query=wanted)
    entries: list[JournalEntry] = answer["requests"]
    if unclaimed:
        rows = ([*_request(entry), unclaimed_text(entry)] for entry in entries)
        return Answer(answer, table(UNCLAIMED_COLUMNS, rows))
    lines = [table(REQUEST_COLUMNS, map(_request, entries)), *_unclaimed(answer["unclaimed"])]
    return Answer(answer, "\n".join(lines))


def messages(
    asked: Asked,
    provider: Provider = None,
    recipient: Recipient = None,
    status: MessageStatus = None,
    channel: Channel = None,
    job: Job = None,
    id_: MessageNumber = None,
    subject: Subject = None,
    text: Words = None,
    since: Since = None,
    until: Until = None,
    after: AfterMessage = None,
    *,
    latest: Latest = False,
    limit: Limit = 20,
) -> Answer:
    """List the latest messages of a sandbox. The latest of all is last."""
    wanted = {
        "provider": provider,
        "recipient": recipient,
        "status": status,
        "channel": channel,
        "job": job,
        "id": id_,
        "subject": subject,
        "text": text,
        "since": since,
        "until": until,
        "after": after,
        "latest": latest or None,
        "limit": limit,
        "order": "newest",
    }
    answer = asked.scope.ask("GET", "/messages", query=wanted)
    answer["messages"].reverse()
    lines = table(MESSAGE_COLUMNS, map(_message, answer["messages"]))
    left = answer["total"] - len(answer["messages"])
    return Answer(answer, f"{lines}\n({left} earlier: say which, or --limit)" if left else lines)


def _request(entry: JournalEntry) -> list[object]:
    unread = ", ".join(entry["unread"])
    said = [entry["number"], entry["at"], entry["provider"], entry["method"]]
    return [*said, address_text(entry), status_text(entry), unread]


def _unclaimed(unclaimed: Any) -> Iterator[str]:
    """Yield a line about the requests that belong to no sandbox, if there are any."""
    if unclaimed["total"]:
        why = ", ".join(f"{count} {reason}" for reason, count in unclaimed["reasons"].items())
        yield f"({unclaimed['total']} of no sandbox: {why}; emulator requests --unclaimed lists them)"


def _message(message: Message) -> list[object]:
    values = [message["id"], message["created_at"], message["provider"], message["channel"]]
    return [*values, message["recipient"], message["status"], message["job"] or "", message["subject"]]
