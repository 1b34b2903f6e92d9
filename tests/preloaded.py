"""What a server imports, and prepares when nobody asks, for the process that servers are forked from."""

import emulator.control.api
import emulator.gateway.application
import emulator.server.relay
import emulator.server.serving  # noqa: F401 -- all four for those who are forked
from emulator.storage.tables import configure_tables

configure_tables()
