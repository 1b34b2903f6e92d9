"""Imports and prepares all that a server needs, in the process from which servers are forked."""

import emulator.control.api
import emulator.gateway.application
import emulator.server.relay
import emulator.server.serving  # noqa: F401 -- for the forked servers
from emulator.storage.tables import configure_tables

configure_tables()
