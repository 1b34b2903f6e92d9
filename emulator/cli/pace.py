"""`emulator pace`: show and set how many messages a second are sent."""

from typing import Annotated

import typer

from emulator.cli.asking import Answer, Asked, asking
from emulator.client.lines import table

Pace = Annotated[float | None, typer.Argument(help="Messages a second, such as 1 or 0.1  [show it]")]
Provider = Annotated[str | None, typer.Option(help="Of this provider alone, such as autosend  [all]")]
Job = Annotated[str | None, typer.Option(help="Of this campaign or mailing: autosend/campaign/60d5…")]


def add_to(app: typer.Typer) -> None:
    app.command()(asking(pace))


def pace(asked: Asked, pace: Pace = None, provider: Provider = None, job: Job = None) -> Answer:
    """Show how many messages a second are sent. With a number, set it for what is sent from now on."""
    if job is None:
        paces = asked.sandbox.pace(pace, provider=provider)
        rows = [(one["provider"], f"{one['pace']:g}") for one in paces]
        return Answer({"paces": paces}, table(("PROVIDER", "MESSAGES A SECOND"), rows))
    if provider is not None:
        raise typer.BadParameter("say --provider or --job, not both")
    jobs = asked.sandbox.jobs
    found = jobs.get(job) if pace is None else jobs.pace(job, pace)
    shown = "that of its provider" if found["pace"] is None else f"{found['pace']:g}"
    return Answer(found, table(("JOB", "MESSAGES A SECOND"), [(found["id"], shown)]))
