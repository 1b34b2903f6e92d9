"""The pages behind the unsubscribe links of mails: one for the mail's group, one for all groups.

https://docs.autosend.com/others/unsubscribe-groups: the page of all groups shows those that are visible, with
name and description. Their looks, and the switch for all mails, are inferred.
"""

from collections.abc import Iterator
from html import escape

from emulator.autosend.sending import engagement
from emulator.autosend.suppression import (
    code_or_global,
    codes_of,
    global_code,
    groups_of,
    keeping_back,
    suppressed_among,
    unsuppress,
)
from emulator.autosend.tables.mails import Mail
from emulator.autosend.tables.suppressions import SuppressionGroup
from emulator.engine.engine import Turn
from emulator.sandbox.links import Form, Linked
from emulator.sending.messages import Message

HEAD = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 36em; margin: 2em auto; padding: 0 1em }}
fieldset {{ border: 1px solid #999; margin: 0 0 1em; padding: 1em }}
label {{ display: block; margin: 0 0 1em }} small {{ display: block; margin-left: 1.8em; color: #444 }}
button {{ font: inherit; padding: .3em 1em }}
</style>
<h1>{title}</h1>
"""
ONE = """<p>{said}</p>
<form method="post"><button name="action" value="{action}">{button}</button></form>
"""
ALL = """<p>Mails to {email}. {saved}</p>
<form method="post">
<fieldset><legend>What you receive</legend>
{switches}</fieldset>
<button name="action" value="save">Save</button>
</form>
"""
SWITCH = '<label><input type="checkbox" name="{name}"{checked}> {said}{more}</label>\n'

LEAVE, COME_BACK, SAVE = "unsubscribe", "resubscribe", "save"
"""The values of the pages' buttons (inferred)."""
EVERYTHING = "all"
"""The name of the switch for all mails; those of groups are `group-` and the code."""


def mail_page(turn: Turn, mail: Mail, message: Message, form: Form | None) -> Linked:
    """Return the page about the group of a mail, after carrying out a posted form.

    A POST unsubscribes, whatever its form says, except with the button COME_BACK. That one subscribes again
    to the group or, for a mail without a group, to the groups that suppress such mails.
    """
    group, project = mail.unsubscribe_group, mail.project_id
    if form is not None and form.get("action") == COME_BACK:
        for code in [group] if group else keeping_back(turn.session, project, None):
            _set(turn, mail, message, code, is_in=True)
    elif form is not None:
        _set(turn, mail, message, code_or_global(turn.session, project, group), is_in=False)
    email = escape(message.recipient)
    if suppressed_among(turn.session, project, [message.recipient], group):
        said, action, button = f"{email} gets no more of these mails.", COME_BACK, "Subscribe again"
    else:
        said, action, button = f"{email} gets these mails.", LEAVE, "Unsubscribe"
    return _page("Unsubscribe", ONE.format(said=said, action=action, button=button))


def preference_page(turn: Turn, mail: Mail, message: Message, form: Form | None) -> Linked:
    """Return the page of all visible groups, after storing the switches of a form that was posted."""
    is_saved = form is not None and form.get("action") == SAVE
    if form is not None and is_saved:
        for code, name in _names(turn, mail):
            _set(turn, mail, message, code, is_in=name in form)
    out = codes_of(turn.session, mail.project_id, message.recipient)
    switches = "".join(_switches(turn, mail, out))
    saved = '<strong role="status">Saved.</strong>' if is_saved else ""
    body = ALL.format(email=escape(message.recipient), saved=saved, switches=switches)
    return _page("Email preferences", body)


def _visible(turn: Turn, mail: Mail) -> list[SuppressionGroup]:
    groups = groups_of(turn.session, mail.project_id)
    return [group for group in groups if group.is_active and not group.is_global]


def _names(turn: Turn, mail: Mail) -> Iterator[tuple[str, str]]:
    """Yield the code of each group that the page shows, with the name of its switch."""
    yield global_code(turn.session, mail.project_id), EVERYTHING
    for group in _visible(turn, mail):
        yield group.code, f"group-{group.code}"


def _switches(turn: Turn, mail: Mail, out: set[str]) -> Iterator[str]:
    everything = global_code(turn.session, mail.project_id)
    yield _switch(
        EVERYTHING,
        "Any mails at all",
        "Switched off, you get none of those below either.",
        everything not in out,
    )
    for group in _visible(turn, mail):
        yield _switch(f"group-{group.code}", group.name, group.description, group.code not in out)


def _switch(name: str, said: str, more: str, is_on: bool) -> str:  # noqa: FBT001 -- the last of four texts
    return SWITCH.format(
        name=escape(name),
        checked=" checked" if is_on else "",
        said=escape(said),
        more=f"<small>{escape(more)}</small>" if more else "",
    )


def _set(turn: Turn, mail: Mail, message: Message, code: str, *, is_in: bool) -> None:
    """Unsubscribe a recipient from a group, or subscribe it again; if that changes nothing, notify nobody."""
    was_in = code not in codes_of(turn.session, mail.project_id, message.recipient)
    if was_in and not is_in:
        engagement.leave(turn, mail, message, code)
    elif is_in and not was_in and unsuppress(turn, mail.project_id, code, [message.recipient]):
        engagement.come_back(turn, mail, message, code)


def _page(title: str, body: str) -> Linked:
    return Linked((HEAD.format(title=title) + body).encode(), "text/html; charset=utf-8")
