"""Formats requests and messages as lines of text, for terminals, failing tests and reports."""

from collections.abc import Iterable, Iterator, Sequence

from emulator.client.shapes import JobDetail, JournalEntry, Json, Message

LONGEST_BODY = 300
"""How many characters of a body are shown."""

MOST_NAMED = 5
"""How many of those whom a job left out for a reason are named."""

REFUSING = 400
"""The HTTP statuses of refusals begin here."""


def request_line(entry: JournalEntry) -> str:
    """Return a request in one line: `#3 POST /v1/campaigns -> 201, nobody read body.colour`.

    Where fault rules acted on it, they are named: `#4 POST /v1/campaigns -> no answer (fault rule 1)`.
    """
    unread = f", nobody read {', '.join(entry['unread'])}" if entry["unread"] else ""
    cut = ", bodies cut" if entry["cut"] else ""
    unknown = "" if entry["operation"] else ", no such operation"
    nearest = f"; nearest: {', '.join(entry['nearest'])}" if entry["nearest"] else ""
    line = f"#{entry['number']} {entry['method']} {address_text(entry)} -> {status_text(entry)}"
    return f"{line}{unknown}{nearest}{unread}{cut}"


def address_text(entry: JournalEntry) -> str:
    """Return the path of a request with its query, in which `page[limit]` is easier to read unencoded."""
    query = entry["query"].replace("%5B", "[").replace("%5D", "]")
    return f"{entry['path']}?{query}" if query else entry["path"]


def status_text(entry: JournalEntry) -> str:
    """Return the HTTP status of a request, with the fault rules that acted: `503 (fault rule 1)`."""
    numbers = ", ".join(map(str, entry["faults"]))
    rules = "fault rule" if len(entry["faults"]) == 1 else "fault rules"
    faults = f" ({rules} {numbers})" if numbers else ""
    answer = "under way" if entry["status"] is None else entry["status"] or "no answer"
    return f"{answer}{faults}"


def unclaimed_text(entry: JournalEntry) -> str:
    """Return why a request belongs to no sandbox: `unknown credential AS_emul…, which is of autosend`."""
    why = f"{entry['unclaimed']} {entry['credential']}".rstrip()
    return f"{why}, which is of {entry['credential_of']}" if entry.get("credential_of") else why


def counted(count: int, one: str, many: str = "") -> str:
    """Return a number of things: `1 sandbox`, `2 sandboxes`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def outstanding_text(count: int) -> str:
    return f"{counted(count, 'webhook was', 'webhooks were')} not waited for any longer"


def body_lines(entry: JournalEntry) -> Iterator[str]:
    """Yield the beginning of a request's body and, if it was refused, of the response's: a line each."""
    if entry["request_body"]:
        yield _beginning(entry["request_body"])
    if (entry["refused"] or (entry["status"] or 0) >= REFUSING) and entry["answer_body"]:
        yield f"refused: {_beginning(entry['answer_body'])}"


def _beginning(body: str) -> str:
    line = " ".join(body.split())
    return line if len(line) <= LONGEST_BODY else f"{line[:LONGEST_BODY]}…"


def message_line(message: Message) -> str:
    """Return a message in one line: `#7 autosend email to ann@example.com: delivered`."""
    return (
        f"#{message['id']} {message['provider']} {message['channel']} "
        f"to {message['recipient']}: {message['status']}"
    )


def left_out_lines(job: JobDetail) -> Iterator[str]:
    """Yield a line for each reason: `rcs/campaign/7 left out 2 because of the stop list: 7900…, 7901…`."""
    for reason, number in job["left_out"]["reasons"].items():
        named = [one["recipient"] for one in job["left_out"]["recipients"] if one["reason"] == reason]
        more = ", …" if number > len(named[:MOST_NAMED]) else ""
        names = f": {', '.join(named[:MOST_NAMED])}{more}" if named else ""
        yield f"{job['id']} left out {number} because of {reason}{names}"


def delivery_line(delivery: Json) -> str:
    """Return a delivery in one line: `#1 email.sent to http://127.0.0.1:9000/: failed, HTTP status 500`.

    The words of a receiver that did not accept it follow: they tell a wrong signature from a wrong path.
    """
    line = f"#{delivery['id']} {', '.join(delivery['types'])} to {delivery['url']}: {delivery['state']}"
    if not delivery["attempts"]:
        return line
    last = delivery["attempts"][-1]
    said = f", {_beginning(last['answer_body'])}" if delivery["state"] != "delivered" else ""
    return f"{line}, {last['error'] or 'HTTP status ' + str(last['status'])}{said.removesuffix(', ')}"


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as text, in columns that are as wide as their longest cell."""
    lines = [headings, *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
    )
    return "\n".join(line.rstrip() for line in padded)
