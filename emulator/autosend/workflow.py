"""The steps of automations, their order for contacts, and the settings of automations.

https://docs.autosend.com/api-reference/automations/create-automation (steps), …/get-automation (settings).
"""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from emulator.autosend.criteria import EVENT, MATCHES, Criteria, Part, refuse_changes
from emulator.autosend.letters import MaybeHtml
from emulator.autosend.limits import SenderName
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.values import Email, Id, MaybeId, MaybeSubject, TimeZone, Whole
from emulator.engine.clock import DAY, HOUR, MINUTE, Millis
from emulator.storage.ids import Identifiers

InvalidStepSequence = refusal(
    400,
    "INVALID_STEP_SEQUENCE",
    "Steps must strictly alternate wait → email starting with wait and ending with email",
)
EmailTemplateRequired = refusal(
    400,
    "EMAIL_TEMPLATE_REQUIRED",
    "Email steps require a templateId, or an htmlTemplate with a subject",
    inferred="text",
)
BranchBranchesRequired = refusal(
    400, "BRANCH_BRANCHES_REQUIRED", "Branch steps require at least one branch", inferred="text"
)
MOST_STEPS = 100
MOST_EMAILS, MOST_BRANCHES = 10, 10
"""The most in one automation: https://docs.autosend.com/automations/create and …/branching."""

EVENT_PROPERTY_TRIGGER = "event_property"
"""The trigger type of branches on properties of the event; only automations started by one have them."""
UNITS: Mapping[str, Millis] = {"minutes": MINUTE, "mins": MINUTE, "hours": HOUR, "days": DAY}


class AutomationSettings(BaseModel):
    """Settings that no operation changes. `timezone` has no effect, because no step has a time of day."""

    model_config = ConfigDict(extra="forbid")

    max_execution_days: Annotated[int, Field(ge=1, le=3650)] = 60
    """How many days a contact may stay in the automation."""
    allow_reentry: bool = False
    """Whether a contact may enter again after it has left."""
    timezone: TimeZone = "UTC"
    priority: Annotated[int, Field(ge=1, le=1000)] = 1
    """Of automations that start together, the one with the lowest number comes first (inferred)."""


class Delay(Part):
    value: Whole = Field(ge=0, le=1_000_000)
    unit: Literal["minutes", "mins", "hours", "days"]


class StepEmail(Part):
    """The mail of an email step: a template, or a subject with HTML."""

    template_id: MaybeId = None
    template_name: str | None = Field(None, max_length=200)
    project_id: Id | None = None
    subject: MaybeSubject = None
    html_template: MaybeHtml = None
    preview_text: str | None = Field(None, max_length=200)
    sender_email: Email | None = None
    sender_name: SenderName | None = None
    sender_reply_to_email: Email | None = None
    sender_reply_to_name: SenderName | None = None

    @property
    def is_complete(self) -> bool:
        return bool(self.template_id or (self.html_template and self.subject))


class Branch(Part):
    """A branch of a branch step. One without criteria matches every contact."""

    branch_id: Id | None = None
    label: str | None = Field(None, max_length=200)
    trigger_type: Literal["contact_property_matches_with", "event_property"] = "contact_property_matches_with"
    filter_criteria: Criteria | None = None
    applies_to: Literal["branch_entry", "all_branch_steps"] = "branch_entry"
    next_step_id: Id | None = None
    merge_step_id: Id | None = None

    @model_validator(mode="after")
    def _asks_for_no_changes(self) -> "Branch":
        refuse_changes(self.filter_criteria)
        return self


class Step(Part):
    step_id: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    type: Literal["wait", "email", "branch"]
    delay: Delay | None = None
    email: StepEmail | None = None
    branches: list[Branch] | None = None
    next_step_id: Id | None = None
    parent_branch_step_id: Id | None = None
    parent_branch_id: Id | None = None
    check_exit_criteria: bool = True


def name_steps(ids: Identifiers, steps: Sequence[Step]) -> None:
    """Assign an id to each step and branch that has none."""
    for step in steps:
        step.step_id = step.step_id or f"step_{ids.hex('autosend.step', 12)}"
        for branch in step.branches or []:
            branch.branch_id = branch.branch_id or f"branch_{ids.hex('autosend.branch', 12)}"


def checked_steps(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Check steps, which must all have ids, and return them in the form in which they are stored.

    Raises BranchBranchesRequired, EmailTemplateRequired, InvalidStepSequence and ValidationFailed.
    """
    _check_number(steps)
    for step in steps:
        if step.type == "branch" and not step.branches:
            raise BranchBranchesRequired
        if step.type == "email" and not (step.email and step.email.is_complete):
            raise EmailTemplateRequired
    stored = [step.stored() for step in steps]
    _check_references(stored)
    _check_sequence(Steps(stored))
    return stored


def _check_number(steps: Sequence[Step]) -> None:
    """Raise ValidationFailed if there are too many mails or branches."""
    numbers = {
        f"{MOST_EMAILS} emails": sum(step.type == "email" for step in steps) - MOST_EMAILS,
        f"{MOST_BRANCHES} branches": sum(len(step.branches or []) for step in steps) - MOST_BRANCHES,
    }
    complaints = [
        ("steps", f"An automation can have at most {most}") for most, over in numbers.items() if over > 0
    ]
    if complaints:
        raise ValidationFailed(*complaints)


def check_triggers(entry: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> None:
    """Raise ValidationFailed for branches on properties of an event if no event starts the automation."""
    complaints = [
        (f"steps.{place}.branches.{number}.triggerType", f"triggerType must be one of: {MATCHES}")
        for place, step in enumerate(steps)
        for number, branch in enumerate(step.get("branches", ()))
        if branch["triggerType"] == EVENT_PROPERTY_TRIGGER and entry["type"] != EVENT
    ]
    if complaints:
        raise ValidationFailed(*complaints)


class Steps:
    """The stored steps of an automation, and the order in which contacts take them."""

    def __init__(self, steps: Sequence[Mapping[str, Any]]) -> None:
        self.all = steps
        self._by_id = {step["stepId"]: step for step in steps}
        self._beside = {
            one["stepId"]: other["stepId"] for one, other in pairwise(steps) if _arm(one) == _arm(other)
        }

    @property
    def first(self) -> str | None:
        return self.all[0]["stepId"] if self.all else None

    def find(self, step_id: str | None) -> Mapping[str, Any] | None:
        return self._by_id.get(step_id) if step_id else None

    def branches(self, step: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return the branches that a contact can take at a step; only branch steps have any."""
        found: Sequence[Mapping[str, Any]] = step["branches"] if step["type"] == "branch" else ()
        return found

    def arms(self, step: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield the branches that contain a step, the innermost first."""
        seen: set[str] = set()
        parent = self.find(step.get("parentBranchStepId"))
        while parent is not None and parent["stepId"] not in seen:
            seen.add(parent["stepId"])
            yield next(one for one in parent["branches"] if one["branchId"] == step["parentBranchId"])
            step, parent = parent, self.find(parent.get("parentBranchStepId"))

    def following(self, step: Mapping[str, Any]) -> str | None:
        """Return the id of the step after this one, None after the last.

        If a step names none, it is the next one in the same branch, and for the last of a branch the step
        that the branch merges into. For a branch step, it is the step for contacts that match no branch.
        """
        named = step.get("nextStepId")
        if named is None and step["type"] != "branch":
            named = self._beside.get(step["stepId"])
        return named or next((arm["mergeStepId"] for arm in self.arms(step) if "mergeStepId" in arm), None)

    def entered(self, step: Mapping[str, Any], branch: Mapping[str, Any]) -> str | None:
        """Return the id of a branch's first step: the one that it names, or else the first one within it."""
        if "nextStepId" in branch:
            found: str = branch["nextStepId"]
            return found
        place = (step["stepId"], branch["branchId"])
        inside = next((one["stepId"] for one in self.all if _arm(one) == place), None)
        return inside or branch.get("mergeStepId") or self.following(step)

    def successors(self, step: Mapping[str, Any]) -> set[str]:
        """Return the ids of all steps that a contact can reach directly from this one."""
        found = {self.following(step)}
        found.update(self.entered(step, branch) for branch in self.branches(step))
        found.update(arm.get("mergeStepId") for arm in self.arms(step) if arm["appliesTo"] != "branch_entry")
        return {step_id for step_id in found if step_id is not None}


def _arm(step: Mapping[str, Any]) -> tuple[str | None, str | None]:
    return step.get("parentBranchStepId"), step.get("parentBranchId")


def _check_references(steps: Sequence[Mapping[str, Any]]) -> None:
    """Raise ValidationFailed for duplicate and unknown ids, and for branches in wait and email steps."""
    ids = [step["stepId"] for step in steps]
    arms = {(step["stepId"], one["branchId"]) for step in steps for one in step.get("branches", ())}
    complaints = []
    for place, step in enumerate(steps):
        if step["stepId"] in ids[:place]:
            complaints.append((f"steps.{place}.stepId", "stepId must be unique"))
        if step["type"] != "branch" and step.get("branches"):
            complaints.append((f"steps.{place}.branches", "branches must be in a branch step"))
        complaints += [
            (f"steps.{place}.branches.{branch}.branchId", "branchId must be unique")
            for branch in _repeated_branches(step)
        ]
        for field, named in _references(step):
            if named not in ids:
                complaints.append((f"steps.{place}.{field}", f"Step not found: {named}"))
        if _arm(step) != (None, None) and _arm(step) not in arms:
            complaints.append((f"steps.{place}.parentBranchId", "Branch not found"))
    if complaints:
        raise ValidationFailed(*complaints)


def _repeated_branches(step: Mapping[str, Any]) -> list[int]:
    """Return the indexes of branches with the id of an earlier branch."""
    ids = [branch["branchId"] for branch in step.get("branches", ())]
    return [place for place, named in enumerate(ids) if named in ids[:place]]


def _references(step: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "nextStepId" in step:
        yield "nextStepId", step["nextStepId"]
    for place, branch in enumerate(step.get("branches", ())):
        for field in ("nextStepId", "mergeStepId"):
            if field in branch:
                yield f"branches.{place}.{field}", branch[field]


def _check_sequence(steps: Steps) -> None:
    """Raise InvalidStepSequence if the steps are in an order that is not allowed."""
    if any(step["type"] == "branch" for step in steps.all):
        _check_graph(steps)
    elif not _alternate(steps):
        raise InvalidStepSequence


def _alternate(steps: Steps) -> bool:
    kinds = [step["type"] for step in steps.all]
    order = [step["stepId"] for step in steps.all]
    in_order = all(steps.following(one) == other for one, other in zip(steps.all, order[1:], strict=False))
    ends = not steps.all or steps.following(steps.all[-1]) is None
    return in_order and ends and kinds == ["wait", "email"] * (len(kinds) // 2)


def _check_graph(steps: Steps) -> None:
    successors = {step["stepId"]: steps.successors(step) for step in steps.all}
    kinds = {step["stepId"]: step["type"] for step in steps.all}
    after_others = {after for step, found in successors.items() if kinds[step] != "wait" for after in found}
    if any(kinds[step] == "email" for step in {steps.first} | after_others):
        raise InvalidStepSequence(text="Every email step must follow a wait step")
    try:
        TopologicalSorter(successors).prepare()
    except CycleError:
        raise InvalidStepSequence(text="Steps must not lead back to themselves") from None


def delay_of(step: Mapping[str, Any]) -> Millis:
    """Return how long contacts wait at a step."""
    delay = step.get("delay") or {}
    return int(delay.get("value", 0) * UNITS[delay.get("unit", "minutes")])
