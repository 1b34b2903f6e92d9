"""Refusals of domains. All but that of an unknown one are inferred: their bodies are not documented."""

from emulator.autosend.errors import AutoSendError


class DomainNotFound(AutoSendError):
    status = 404
    code = "DOMAIN_NOT_FOUND"
    text = "Domain not found"
    shows_status = True


class DomainAlreadyExists(AutoSendError):
    """Inferred."""

    status = 409
    code = "DOMAIN_ALREADY_EXISTS"
    text = "Domain already exists in this project"
    shows_status = True


class DomainNotVerified(AutoSendError):
    """Inferred: only a verified domain can receive mails."""

    status = 400
    code = "DOMAIN_NOT_VERIFIED"
    text = "Domain must be verified before inbound can be enabled"
    shows_status = True


class InboundEnableFailed(AutoSendError):
    """Only a fault rule makes it: nothing here fails to be switched. Code and text are inferred."""

    status = 500
    code = "INBOUND_ENABLE_FAILED"
    text = "Failed to enable inbound. Please try again."
    shows_status = True


class InboundDisableFailed(AutoSendError):
    """Only a fault rule makes it: nothing here fails to be switched. Code and text are inferred."""

    status = 500
    code = "INBOUND_DISABLE_FAILED"
    text = "Failed to disable inbound. Please try again."
    shows_status = True
