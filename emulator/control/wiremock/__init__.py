"""The journal as WireMock's admin API shows it, so that test helpers written for WireMock work.

https://wiremock.org/docs/standalone/admin-api-reference/ and https://wiremock.org/docs/verifying/.
"""

from emulator.control.wiremock.api import router

__all__ = ["router"]
