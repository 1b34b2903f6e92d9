"""Commands about sandboxes: creating, resetting and filling them, moving their clocks, and reaching them."""

import shlex
import warnings
from pathlib import Path
from typing import Annotated

import typer

from emulator.cli.asking import WRONG, Answer, Asked, Failure, asking
from emulator.client import OutstandingWarning, SandboxClient
from emulator.client.lines import counted, outstanding_text, table
from emulator.client.shapes import ClockState, SandboxDetail
from emulator.reasons import reason_of_failure

section = typer.Typer(
    help="Make, list, show and delete sandboxes.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="Its name")]
ShownName = Annotated[str | None, typer.Argument(help="Its name  [that of --sandbox]")]
NewName = Annotated[str | None, typer.Argument(help="Its name; made up where none is given")]
Seed = Annotated[int | None, typer.Option(help="Seed of its ids  [one that no other has]")]
OtherSeed = Annotated[int | None, typer.Option("--seed", help="Another seed of its ids  [the one it has]")]
ItsClock = Annotated[str | None, typer.Option("--clock", help="real, frozen or a speed  [the emulator's]")]
Begins = Annotated[
    str | None,
    typer.Option(
        "--at",
        help="Where a clock that is not real begins: now, epoch, an instant  [the emulator's]",
    ),
]
Unused = Annotated[str | None, typer.Option(help="Delete it once nobody used it for so long, such as 2h")]
Filled = Annotated[
    str | None, typer.Option("--fixtures", help="Accounts to begin with: empty or demo  [the emulator's]")
]
Dated = Annotated[
    str | None,
    typer.Option(
        "--webhook-timestamp", help="machine or sandbox: whose clock dates webhooks  [the emulator's]"
    ),
]
Duration = Annotated[str | None, typer.Argument(help="How far: 500ms, 90s, 15m, 2h, 3d, 1d12h")]
NextEvent = Annotated[bool, typer.Option("--next-event", help="To what is due next, if anything is")]
Folder = Annotated[Path, typer.Argument(help="A folder with <provider>/account.yaml")]
Provider = Annotated[str | None, typer.Argument(help="The name of a provider, such as autosend  [all]")]


def add_to(app: typer.Typer) -> None:
    section.command()(asking(create, takes_sandbox=False))
    section.command("list")(asking(list_all, takes_sandbox=False))
    section.command()(asking(show))
    section.command()(asking(delete, takes_sandbox=False))
    app.add_typer(section, name="sandbox")
    app.command()(asking(reset))
    app.command()(asking(advance))
    app.command()(asking(seed))
    app.command("env")(asking(environment))


def create(
    asked: Asked,
    name: NewName = None,
    seed: Seed = None,
    clock: ItsClock = None,
    at: Begins = None,
    expires_after: Unused = None,
    webhook_timestamp: Dated = None,
    fixtures: Filled = None,
) -> Answer:
    """Create a fresh sandbox with credentials of its own."""
    made = asked.control.create(
        name,
        seed=seed,
        clock=clock,
        at=at,
        expires_after=expires_after,
        webhook_timestamp=webhook_timestamp,
        fixtures=fixtures,
    )
    return Answer(made.detail, _described(made.detail))


def list_all(asked: Asked) -> Answer:
    """List the sandboxes."""
    found = asked.control.sandboxes()
    rows = [(one["name"], one["now"], one["clock"], one["requests"], one["seed"]) for one in found]
    return Answer({"sandboxes": found}, table(("NAME", "NOW", "CLOCK", "REQUESTS", "SEED"), rows))


def show(asked: Asked, name: ShownName = None) -> Answer:
    """Show a sandbox: clock, addresses, credentials."""
    detail = asked.control.sandbox(name or asked.sandbox_name).detail
    return Answer(detail, _described(detail))


def delete(asked: Asked, name: Name) -> Answer:
    """Delete a sandbox."""
    asked.control.sandbox(name).delete()
    return Answer({"deleted": name}, f"{name} is deleted")


def reset(asked: Asked, seed: OtherSeed = None) -> Answer:
    """Reset a sandbox to what it was when it was new."""
    detail = asked.sandbox.reset(seed)
    return Answer(detail, f"{detail['name']} is as it was when it was new")


def advance(asked: Asked, duration: Duration = None, *, next_event: NextEvent = False) -> Answer:
    """Move a sandbox's clock on. The events that are due by then happen."""
    if (duration is None) != next_event:
        both = ", not both" if next_event else ""
        raise typer.BadParameter(f"say how far, or --next-event{both}")
    clock = asked.sandbox.clock
    with warnings.catch_warnings(action="ignore", category=OutstandingWarning):
        state = clock.to_next_event() if duration is None else clock.advance(duration)
    head = [f"{state['now']}  {state['fired']} came due"]
    if state["outstanding"]:
        head.append(outstanding_text(state["outstanding"]))
    if state["failed"]:
        head.append(f"{counted(state['failed'], 'event')} crashed: see /_emulator/clock/failed")
    return Answer(state, "\n".join(head + _fired(state)))


def seed(asked: Asked, folder: Folder, seed: OtherSeed = None) -> Answer:
    """Fill a sandbox anew with accounts in a folder. Resets do so, too, from now on."""
    sandbox = asked.sandbox
    try:
        detail = sandbox.seed(folder, seed)
    except (OSError, ValueError) as error:
        raise Failure(WRONG, reason_of_failure(error)) from error
    return Answer(detail, _described(detail))


def environment(asked: Asked, provider: Provider = None) -> Answer:
    """Print the variables for a client's environment. The lines can be pasted into a shell."""
    sandbox = asked.sandbox
    if provider is not None and provider not in sandbox.base_urls:
        raise Failure(WRONG, f"there is no provider {provider!r}. There are: {', '.join(sandbox.base_urls)}")
    chosen = _variables(sandbox, provider)
    return Answer(chosen, "\n".join(f"export {name}={shlex.quote(value)}" for name, value in chosen.items()))


def _variables(sandbox: SandboxClient, provider: str | None) -> dict[str, str]:
    beginning = f"{provider.upper()}_" if provider else ""
    return {name: value for name, value in sandbox.environment.items() if name.startswith(beginning)}


def _described(detail: SandboxDetail) -> str:
    rows = [
        (provider, way["base_url"], " ".join(way["credentials"]))
        for provider, way in detail["access"].items()
    ]
    head = f"{detail['name']}: {detail['now']} ({detail['clock']}), {counted(detail['requests'], 'request')}"
    if url := detail.get("url"):
        head += f"\nof the emulator at {url}: export EMULATOR_URL={shlex.quote(url)}"
    return f"{head}\n{table(('PROVIDER', 'BASE URL', 'CREDENTIALS'), rows)}"


def _fired(state: ClockState) -> list[str]:
    return [f"  {one['at']}  {one['event']}  {one['subject']}" for one in state["events"]]
