"""Refusals of suppression groups."""

from emulator.autosend.errors import AutoSendError


class GroupNotFound(AutoSendError):
    status = 404
    code = "GROUP_NOT_FOUND"
    text = "Suppression group not found"
    shows_status = True


class CannotDeleteGlobalGroup(AutoSendError):
    status = 400
    code = "CANNOT_DELETE_GLOBAL_GROUP"
    text = "Cannot delete global suppression group"
    shows_status = True
