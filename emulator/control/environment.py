"""The environment variables by which clients find a sandbox."""

from collections.abc import Sequence

from emulator.providers import Provider
from emulator.sandbox.sandbox import Sandbox


def environment_of(sandbox: Sandbox, providers: Sequence[Provider], origin: str) -> dict[str, str]:
    """Return the variables for clients that reach the emulator at `origin`: addresses and credentials."""
    variables = {"EMULATOR_URL": origin, "EMULATOR_SANDBOX": sandbox.name}
    with sandbox.turn() as turn:
        for provider in providers:
            credentials = [credential for credential, _ in provider.credentials(turn.session)]
            variables[f"{provider.name.upper()}_BASE_URL"] = origin + provider.base_path
            variables[provider.credential_variable] = credentials[0] if credentials else ""
            variables |= provider.environment(turn.session)
    return variables
