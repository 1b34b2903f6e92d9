"""Refusals of automations, which they call workflows. Texts of the required parts are inferred."""

from emulator.autosend.errors import AutoSendError


class WorkflowNotFound(AutoSendError):
    status = 404
    code = "WORKFLOW_NOT_FOUND"
    text = "Workflow automation not found"


class AutomationNotFound(AutoSendError):
    """The same refusal in the words of the page on deleting."""

    status = 404
    code = "AUTOMATION_NOT_FOUND"
    text = "Automation not found"
    shows_status = True


class InvalidStepSequence(AutoSendError):
    status = 400
    code = "INVALID_STEP_SEQUENCE"
    text = "Steps must strictly alternate wait → email starting with wait and ending with email"


class NameRequired(AutoSendError):
    """Inferred text."""

    status = 400
    code = "NAME_REQUIRED"
    text = "Workflow name is required"


class EmailTemplateRequired(AutoSendError):
    """Inferred text."""

    status = 400
    code = "EMAIL_TEMPLATE_REQUIRED"
    text = "Email steps require a templateId, or an htmlTemplate with a subject"


class BranchBranchesRequired(AutoSendError):
    """Inferred text."""

    status = 400
    code = "BRANCH_BRANCHES_REQUIRED"
    text = "Branch steps require at least one branch"


class EventNameRequired(AutoSendError):
    """Inferred text."""

    status = 400
    code = "EVENT_NAME_REQUIRED"
    text = "Event name is required for the event_trigger entry criteria"


class CannotActivateAutomation(AutoSendError):
    status = 400
    code = "CANNOT_ACTIVATE_AUTOMATION"
    text = "Cannot activate workflow. Please check all required fields are filled"


class CannotEditAutomation(AutoSendError):
    status = 400
    code = "CANNOT_EDIT_AUTOMATION"
    text = "Only draft or paused workflows can be edited"


class CannotPauseInactiveAutomation(AutoSendError):
    status = 400
    code = "CANNOT_PAUSE_INACTIVE_AUTOMATION"
    text = "Cannot pause a workflow that is not active"
