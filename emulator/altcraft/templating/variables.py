"""The values of a template's variables for one message.

https://guides.altcraft.com/en/user-guide/message-templates/altcraft-variables-and-functions. Values of the
launch and its time are stored with the run. Values of the profile and its subscriptions are those of the
moment at which the message is looked at. `json` has no values, as its address is not fetched.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sqlmodel import Session, col, select

from emulator.altcraft.people.showing import domain_group, hashed, with_values
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.mailings import Mailing, Run, Sent
from emulator.altcraft.tables.people import Profile, Subscription
from emulator.altcraft.tables.scenarios import Scenario
from emulator.altcraft.templating.tree import FieldOfAnother, Value
from emulator.engine.clock import to_datetime
from emulator.sending.messages import Message

EARLIER_NAMES = {"fname": "_fname", "lname": "_lname", "birthdate": "_bdate", "gender": "_sex"}
"""The names of some fields of profiles in earlier versions, with the present ones."""

OWN_PROPERTIES = frozenset(
    {
        "lead",
        "lead_custom",
        "subscription",
        "apicontent",
        "attribute_value",
        "campid",
        "segname",
        "msg_type",
        "workflow_id",
        "workflow_name",
        "node_id",
    }
)
"""The variables that are properties of `Values`."""

NOON = 12


class Values:
    """The values for a message, each looked up once."""

    def __init__(self, session: Session, run: Run, message: Message) -> None:
        self._session = session
        self._run = run
        self._message = message
        self._found = dict[Value, Any]()

    def find(self, value: Value) -> Any:
        """Return the value of a variable or call; None if there is none."""
        if value not in self._found:
            self._found[value] = (
                self._of_another(value) if isinstance(value, FieldOfAnother) else self._at(value.path)
            )
        return self._found[value]

    @cached_property
    def profile_id(self) -> str | None:
        """The profile that the message goes to."""
        return self._sent.profile_id if self._sent else None

    def _at(self, path: str) -> Any:
        root, *parts = path.split(".")
        node = self._root(root)
        for part in parts:
            node = node.get(part) if isinstance(node, dict) else None
        return node

    def _root(self, name: str) -> Any:
        return getattr(self, name) if name in OWN_PROPERTIES else self._times.get(name)

    @property
    def apicontent(self) -> dict[str, Any]:
        return self._run.values

    @property
    def campid(self) -> int:
        return self._run.mailing_id

    @property
    def msg_type(self) -> str:
        return self._message.channel

    @property
    def workflow_id(self) -> int | None:
        return self._run.scenario_id

    @property
    def workflow_name(self) -> str | None:
        scenario = self._session.get(Scenario, self.workflow_id) if self.workflow_id else None
        return scenario.name if scenario else None

    @property
    def node_id(self) -> str:
        return self._run.node

    @property
    def lead_custom(self) -> dict[str, Any]:
        return self._profile.fields if self._profile else {}

    @property
    def attribute_value(self) -> dict[str, list[str]]:
        mailing = self._session.get(Mailing, self._run.mailing_id)
        return mailing.attributes if mailing else {}

    @property
    def segname(self) -> str | None:
        is_segment = self._run.data_type == "segment"
        segment = self._session.get(Segment, self._run.data_id) if is_segment else None
        return segment.name if segment else None

    @cached_property
    def _sent(self) -> Sent | None:
        found: Sent | None = self._session.get(Sent, self._message.id)
        return found

    @cached_property
    def _profile(self) -> Profile | None:
        wanted = select(Profile).where(Profile.id == self.profile_id)
        return self._session.exec(wanted).first()

    @cached_property
    def lead(self) -> dict[str, Any]:
        profile = self._profile
        if profile is None:
            return {}
        lead: dict[str, Any] = {
            **with_values(profile.fields),
            "_id": profile.id,
            "_xxh": profile.xxh,
            "_status": profile.status,
            "phones": profile.phones,
            "phone": next(iter(profile.phones), None),
        }
        if profile.email:
            lead |= {"email": profile.email, "_md5": hashed(profile.email)}
        earlier = {old: lead.get(new) for old, new in EARLIER_NAMES.items() if old not in lead}
        return lead | earlier

    @cached_property
    def _subscriptions(self) -> list[Subscription]:
        """The subscriptions of the profile, by priority, the highest first."""
        wanted = select(Subscription).where(
            Subscription.profile_id == self.profile_id, col(Subscription.is_deleted).is_(False)
        )
        order = (
            col(Subscription.priority),
            col(Subscription.registered_at).desc(),
            col(Subscription.id).desc(),
        )
        return list(self._session.exec(wanted.order_by(*order)))

    @cached_property
    def subscription(self) -> dict[str, Any]:
        """The subscription that the message goes to; an own address counts as one without fields."""
        number = self._sent.subscription_id if self._sent else None
        own = self._session.get(Subscription, number) if number else None
        address, channel = self._message.recipient, self._message.channel
        found: dict[str, Any] = {
            **(with_values(own.fields) | {"hash_id": own.hash_id} if own else {}),
            "emails": self._addresses("email"),
            "phones": self._addresses("sms"),
            "pushes": self._addresses("push"),
        }
        if channel == "email":
            domain = address.rpartition("@")[2]
            found |= {"email": address, "email_domain": domain, "email_md5": hashed(address)}
        elif channel == "sms":
            found |= {"phone": address, "phone_md5": hashed(address)}
        return found

    def _addresses(self, channel: str) -> list[str]:
        return [one.address for one in self._subscriptions if one.channel == channel]

    def _of_another(self, wanted: FieldOfAnother) -> Any:
        for one in self._subscriptions:
            if one.channel == wanted.channel and wanted.resource_id in {None, one.resource_id}:
                return fields_of(one).get(wanted.field)
        return None

    @cached_property
    def _times(self) -> Mapping[str, str]:
        """The variables of the moment at which the message leaves, in UTC."""
        at = to_datetime(self._message.sent_at or self._message.created_at)
        return {
            "datenow": at.date().isoformat(),
            "yearlong": f"{at.year:04}",
            "minutes": f"{at.minute:02}",
            "ampm": "AM" if at.hour < NOON else "PM",
        }


def fields_of(subscription: Subscription) -> dict[str, Any]:
    """Return the fields of a subscription, by their names in `subscription_field`."""
    address, own = subscription.address, with_values(subscription.fields)
    match subscription.channel:
        case "email":
            domain = address.rpartition("@")[2]
            group = domain_group(domain)
            return own | {"email": address, "domain": domain, "domain_group": group, "md5": hashed(address)}
        case "sms":
            return own | {"phone": address, "md5": hashed(address)}
        case "push":
            bundle = own.get("_app_id")
            return own | {
                "subscription_id": address, "bundle_id": bundle, "provider": subscription.provider
            }  # fmt: skip
    return own
