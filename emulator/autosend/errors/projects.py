"""Refusals of projects. Their pages print most of them without a code, and two of them in two forms."""

from emulator.autosend.errors import AutoSendError


class AccountKeyRequired(AutoSendError):
    status = 403
    text = "This endpoint requires an organization admin API key (ASA_ prefix)"


class ProjectLimitReached(AutoSendError):
    status = 403
    text = "Plan upgrade required"


class InvalidProjectId(AutoSendError):
    status = 400
    code = "VALIDATION_ERROR"
    text = "Invalid project ID"


class ProjectNotFound(AutoSendError):
    status = 404
    code = "PROJECT_NOT_FOUND"
    text = "Project not found"


class InvalidIdOfDeletedProject(AutoSendError):
    """The same as InvalidProjectId in the form that the page of deletion shows."""

    status = 400
    text = "Invalid project ID"
    form = "list"


class DeletedProjectNotFound(AutoSendError):
    """The same as ProjectNotFound in the form that the page of deletion shows."""

    status = 404
    text = "Project not found"


class LastProjectCannotBeDeleted(AutoSendError):
    status = 400
    code = "LAST_PROJECT_CANNOT_BE_DELETED"
    text = "Cannot delete the last project in the organization. At least one project must exist."
    shows_status = True
