"""Refusals of migrations. Their codes are documented, their texts and forms inferred."""

from emulator.autosend.errors import AutoSendError


class ResendMigrationInProgress(AutoSendError):
    status = 400
    code = "RESEND_MIGRATION_IN_PROGRESS"
    text = "A migration is already in progress for this project"


class ResendNoItemsToMigrate(AutoSendError):
    status = 400
    code = "RESEND_NO_ITEMS_TO_MIGRATE"
    text = "No items selected to migrate"


class ResendFailedToFetchPlan(AutoSendError):
    status = 500
    code = "RESEND_FAILED_TO_FETCH_PLAN"
    text = "Failed to fetch the Resend migration plan. Please check the API key."


class ResendMigrationCreationFailed(AutoSendError):
    """Only a fault rule makes it: the queue of the emulator does not fail."""

    status = 500
    code = "RESEND_MIGRATION_CREATION_FAILED"
    text = "Failed to create the Resend migration. Please try again."


class SendgridMigrationInProgress(AutoSendError):
    status = 400
    code = "SENDGRID_MIGRATION_IN_PROGRESS"
    text = "A migration is already in progress for this project"


class SendgridNoItemsToMigrate(AutoSendError):
    status = 400
    code = "SENDGRID_NO_ITEMS_TO_MIGRATE"
    text = "No items selected to migrate"


class SendgridFailedToFetchPlan(AutoSendError):
    status = 500
    code = "SENDGRID_FAILED_TO_FETCH_PLAN"
    text = "Failed to fetch the SendGrid migration plan. Please check the API key."


class SendgridMigrationCreationFailed(AutoSendError):
    """Only a fault rule makes it: the queue of the emulator does not fail."""

    status = 500
    code = "SENDGRID_MIGRATION_CREATION_FAILED"
    text = "Failed to create the SendGrid migration. Please try again."


class SendgridGroupNotFound(AutoSendError):
    """Inferred: the group is not in the SendGrid account, or with `groupExist` not in the project."""

    status = 404
    code = "GROUP_NOT_FOUND"
    text = "Suppression group not found"


class SendgridGroupExists(AutoSendError):
    """Inferred: there is a group of that id, and `groupExist` does not say so."""

    status = 400
    code = "GROUP_ALREADY_EXISTS"
    text = "A suppression group with this groupId already exists in the project"
