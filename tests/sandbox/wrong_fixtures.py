"""Changes that make files of the demo set invalid, with the messages, after file and line.

A change has new texts by the texts that they replace; `¶` marks the line that is wrong.
"""

BIG = 2**70
FIELDS = "projects.0.contacts.0.fields"
FINITE = "must be a finite number"
STRATA = "campaigns.0.stratification.0.conditions.0"
FILE = "templates.2.email.attach.0"
QUOTED = "must be a text: write dates in quotes"

ALTCRAFT = [
    (
        {
            "\n          _fname: Ann": "\n          _nickname: Ann",
            "      - data:\n          email: ann@": "      - data:¶\n          email: ann@",
        },
        "databases.0.profiles.0: ",
    ),
    ({"profiles: [eve@": "profiles: [nope, ¶eve@"}, "databases.1.profiles.0: "),
    ({"fred+unsubscribed@example.com]": "eve@example.com¶]"}, "databases.1.profiles.1: "),
    (
        {"{name: occupation,": "{name: CRM_ID¶,"},
        "databases.0.fields.1.name: another one has the same name: CRM_ID",
    ),
    ({"emails: [stop@example.org]": "emails: [stop@example.org, nope¶]"}, "suppression_lists.1.emails.1: "),
    (
        {"- external_id: O-2": "- external_id: O-2¶", "endpoint: app": "endpoint: shop"},
        "market.orders.1: Object not found: endpoint shop",
    ),
    ({"hours: [16]": "hours: [99]¶"}, "mailings.24.hours.0: Input should be less than or equal to 23"),
    (
        {"minutes: [38]": "minutes: [-1]¶"},
        "mailings.24.minutes.0: Input should be greater than or equal to 0",
    ),
    ({"_fname: [": "_fname: [null¶, "}, "databases.0.generate.fields._fname.0: null is no value"),
    (
        {"{id: 1, name: shops}": "{id: 2000000001, name: shops}¶"},
        "groups.1.id: Input should be less than or equal to 2000000000",
    ),
    (
        {"{id: 12, name: Weekend offers": f"{{id: {2**63 - 1}¶, name: Weekend offers"},
        "mailings.0.id: Input should be less than or equal to 2000000000",
    ),
    (
        {"values: {bronze: 1": f"values: {{bronze: {BIG}¶"},
        "databases.0.fields.5.values.bronze: is too large a number",
    ),
    (
        {"{subject: News, html": f"{{attach: [{{big: {BIG}¶}}], subject: News, html"},
        "templates.2.email.attach.0.big: is too large a number",
    ),
    *(
        ({"{subject: News, html": f"{{attach: [{{x: {value}¶}}], subject: News, html"}, f"{place}: {reason}")
        for value, place, reason in (
            (".nan", f"{FILE}.x", FINITE),
            (".inf", f"{FILE}.x", FINITE),
            ("-.inf", f"{FILE}.x", FINITE),
            ("2026-03-01", f"{FILE}.x", QUOTED),
            ("[2026-03-01T10:00:00Z]", f"{FILE}.x.0", QUOTED),
            ("!!binary aGVsbG8=", f"{FILE}.x", "must be a text, a number, true or false, a list or fields"),
            ("!!set {a, b}", f"{FILE}.x", "must be a text, a number, true or false, a list or fields"),
            ("!!pairs [a: 1]", f"{FILE}.x.0", "must be a text, a number, true or false, a list or fields"),
            ("{on: 1}", f"{FILE}.x.True", "a name of a field must be a text: write it in quotes"),
            ("{1: x}", f"{FILE}.x.1", "a name of a field must be a text: write it in quotes"),
        )
    ),
    (
        {"\n          LOYALTY_SCORE: 500": "\n          last_order: 2026-03-01T10:00:00Z¶"},
        f"databases.0.profiles.0.data.last_order: {QUOTED}",
    ),
    ({"_fname: [": "_fname: [.nan¶, "}, f"databases.0.generate.fields._fname.0: {FINITE}"),
    (
        {"data:\n          email: ann@": "data: &data¶\n          x: *data\n          email: ann@"},
        "databases.0.profiles.0.data.x: contains itself",
    ),
    ({"{subject: News, html": "{attach: [&x {a: *x¶}], subject: News, html"}, f"{FILE}.a: contains itself"),
    ({"cache_time_min: 35": "parameters: [{x: y}]¶"}, "queries.0.parameters.0.name: Field required"),
    (
        {"conditions: [{list: [1]}": "conditions: [{list: [[a]¶]}"},
        f"{STRATA}.list.0: must be a text or a number",
    ),
    (
        {"rights: all, groups: [2]": "rights: all, groups: [2, 99]¶"},
        "tokens.2.groups.1: there is no 99 among the groups",
    ),
    *(
        ({"{name: Start, type: start, next": f"{{name: Start, {said}¶, next"}, f"scenarios.0.nodes.0{reason}")
        for said, reason in (
            (
                "type: strat",
                ": strat is not a type here; did you mean start? There are start, campaign, delay",
            ),
            ("type: begin", ": begin is not a type here; there are start, campaign, delay, condition"),
            ("tpye: start", ": has no type"),
            (
                "type: start, nxt: x",
                ".nxt: is not a field here; did you mean next? There are name, next, action",
            ),
        )
    ),
    (
        {"{id: 2, name: subaccount}": "{id: 1, name: subaccount}¶"},
        "groups.2.id: another one has the same id: 1",
    ),
    (
        {"  - {id: 4, name: Nobody yet}": "  - {id: 4, name: Nobody yet}\n  - {id: 4, name: Twice}¶"},
        "databases.4.id: another one has the same id: 4",
    ),
    (
        {"token: subaccount000000000000000000000b": "token: abcdefghijklmnqrstuvwxyz¶"},
        "tokens.2.token: tokens, those",
    ),
    *(
        ({"rights: all, groups: [2]": f"{wrong}¶"}, f"tokens.2.{reason}")
        for wrong, reason in (
            (
                "rights: [profiles.vew]",
                "rights.0: profiles.vew is not a word here; did you mean profiles.view",
            ),
            ("rights: al", "rights: must be a list or all"),
            ("rights: all, groups: {a: 1}", "groups: must be a list or all"),
            ("rights: all, groups: [x]", "groups.0: Input should be a valid integer"),
        )
    ),
    *(
        ({"profiles: [eve@": f"profiles: [{wrong}, ¶eve@"}, f"databases.1.profiles.0{reason}")
        for wrong, reason in (
            ("5", ": must be a text or fields with values"),
            ("{}", ".data: Field required"),
            ("{data: {email: a@b.example}, dat: 1}", ".dat: is not a field here; did you mean data?"),
        )
    ),
    ({"name: Wait a day, type": "name: Wait a day, name: b¶, type"}, "is not YAML: name is said twice"),
    (
        {"edited: 2026-03-08T12:00:00Z": "edited: 2026-13-08T12:00:00Z¶"},
        "is not YAML: there can be no 2026-13-08T12:00:00Z",
    ),
    *(
        (
            {"- {name: Start, type: start": f"- {{name: Start, type: start, starts_by: {cause}"},
            f"scenarios.0.nodes.0{reason}",
        )
        for cause, reason in (
            ("action, action: ordred¶", ".action: must be an event of the history"),
            ("pixel, pixel: 9¶", ": Object not found: pixel 9"),
            (
                "subscribe, is_new_sub: true, resource: 24¶",
                ".resource: resource 24 does not have database 1",
            ),
            (
                "update, update_query: [{fieldname: nope¶}]",
                ": Incorrect request: update_query: there is no field nope",
            ),
        )
    ),
    *(
        (
            {"{name: Wait a day, type: delay, length: 1d": f"{{name: Wait a day, {node}"},
            f"scenarios.0.nodes.2.{reason}",
        )
        for node, reason in (
            ("type: campaign, mailing: 34¶", "mailing: mailing 34 is no trigger"),
            ("type: promo_attach, program: 6¶", "program: loyalty program 6 is not of database 1"),
            (
                "type: condition, segment: 7¶}\n      - {name: Further, type: start, starts_by: api_import",
                "segment: segment 7 is not of database 1",
            ),
            ("type: update, data: {nope: 1}¶", "data: "),
        )
    ),
]
FURTHER = "{key: 00000000000000000f, campaign: 9}"
RCS = [
    (
        {"keys: [live_emulator000000000000, test_emulator000000000000]": "keys: [live_a, live_a]¶"},
        "keys.1: the same key is there before",
    ),
    ({"    name: Nobody yet\n": "    name: VIP¶\n"}, "lists.2.name: another one has the same name: VIP"),
    ({'"38095", "38099"]': '"38067"]¶'}, "operators.1.prefixes.2: 38067 is there before"),
    (
        {"    name: Economy\n": "    name: Economy\n    default: true¶\n"},
        "tariffs.1.default: one of the tariffs must be the default one",
    ),
    (
        {"sender: my_agent": "sender: nobody¶"},
        "campaigns.1.sender: campaign 2 has a sender that is not there: nobody",
    ),
    (
        {'phone: "380670092903"': 'phone: "380670000001"', "- id: 0e7a1c52": "- ¶id: 0e7a1c52"},
        "two_factor.sessions.0: Exists on the stop list",
    ),
    ({"{name: MyShop}": "{name: Shop}¶"}, "senders.1.name: the sms sender Shop is there before"),
    (
        {"sender: MyShop, text: Your": "sender: Nobody¶, text: Your"},
        "campaigns.2.fallback.sender: there is no SMS",
    ),
    (
        {"sender: Shop, text": "sender: Notify¶, text"},
        "campaigns.0.fallback.sender: there is no SMS sender Notify",
    ),
    (
        {"text: Your code is 1234": "text: Your code is 1234\n    fallback: {sender: MyShop, text: x}¶"},
        "campaigns.8.fallback: is an SMS, which only stands in for messages of other channels",
    ),
    (
        {"- id: 4\n": "- ¶id: 4\n", "text: New prices\n    lists: [1860001]": "text: New prices"},
        "campaigns.3.phones: a campaign needs phones or lists",
    ),
    *(
        (
            {"first_batch_in: 1d": f"{action}: 1h¶"},
            f"campaigns.0.{action}: needs first_batch_in, starts_in, or sent",
        )
        for action in ("paused", "stopped")
    ),
    ({"text: New prices": "text: ''¶"}, "campaigns.3.text: String should have at least 1 character"),
    (
        {"sender: MyShop\n": "sender: Nobody¶\n"},
        "two_factor.sessions.0.sender: there is no SMS sender Nobody",
    ),
    (
        {"template: 12\n": "template: 515\n", 't: "380670000001"\n': 't: "447700900001"¶\n'},
        "two_factor.sessions.0.recipient: template 515 is not for phones of GB",
    ),
    (
        {"sender: Casino\n    country: DE": "sender: Bakery¶\n    country: UA"},
        "sender_requests.1.sender: the sms sender Bakery was asked for before",
    ),
    ({"template: 12": "template: 517¶"}, "two_factor.sessions.0.template: template 517 was never approved"),
    (
        {"name: Login": "name: Default¶"},
        "two_factor.templates.1.name: another one has the same name: Default",
    ),
    (
        {"countries: [UA, PT]}": "default: true}¶"},
        "two_factor.templates.1.default: only one of the templates can be the default one",
    ),
    *(
        ({"default: true}": f"default: true, {said}}}¶"}, f"two_factor.templates.0.{name}: the default")
        for name, said in (("status", "status: requested"), ("countries", "countries: [UA]"))
    ),
    (
        {'values: {"380670000001": "12",': 'values: {\n"380670000001": many,¶'},
        "fields.1.values.380670000001: must be a number",
    ),
    ({"live_emulator000000000000, test": "''¶, test"}, "keys.0: String should match pattern"),
    ({'["447700"': "[abc¶"}, "operators.4.prefixes.0: String should match pattern"),
    ({"channels: [rcs]": "channels: []¶"}, "stop_list.0.channels: must have at least 1 item"),
    ({"countries: [UA]}": "countries: [Ukraine]¶}"}, "agents.2.countries.0: String should match pattern"),
    (
        {"statistic_jobs:": f"statistic_jobs:\n  - {FURTHER}¶\n  - {FURTHER}"},
        "statistic_jobs: must have at most 2 items",
    ),
    (
        {"name: Subscribers": "name: Subscribers\n    default: true¶"},
        "lists.1.default: only one of the lists can be the default one",
    ),
    (
        {"    name: Best quality\n": "    name: Best quality\n    active: false¶\n"},
        "tariffs.0.active: the default tariff must be active",
    ),
    (
        {"  - code: 3": "  - ¶code: 3", "  - code: 5": "  - code: 5\n    id: 50003"},
        "tariffs.2.id: another one has the same id: 50003",
    ),
    ({"code: 3\n": "¶code: 9223372036854775807\n"}, "tariffs.2.id: is too large a number"),
    ({"made: 1d": "made: 20d¶"}, "short_domains.0.links.0.made: is longer ago than its domain was made"),
    ({"slug_type: numeric": "default: true¶"}, "short_domains.1.default: only one of the short_domains"),
    ({"subject: Your": 'subject: "Your\\n"¶ #'}, "email_templates.0.subject: must be one line"),
    (
        {"stopped: 4h": "stopped: 4h\n    paused: 3h¶"},
        "campaigns.6.paused: can not have been: Invalid campaign status",
    ),
    *(
        ({"credit: 0 ": f"credit: {money}¶ "}, "credit: must be an amount of money")
        for money in ("1.0e+30", ".inf", ".nan", '"-5"')
    ),
]
AUTOSEND = [
    (
        {"id: 66a0c1d2e3f4a5b6c7d8ab02\n": "id: 66a0c1d2e3f4a5b6c7d8aaaa¶\n"},
        "projects.1.id: another one has the same id",
    ),
    (
        {
            "account_keys: [ASA_e": "account_keys: [AS_e",
            "    keys: [AS_emulator000000000000]": "    keys: [AS_emulator000000000000]¶",
        },
        "projects.0.keys.0: the same key is there before",
    ),
    (
        {'        html: "<h1>Hi {{firstName}}</h1><p>': '        html: "¶{{#if x}}<h1>Hi</h1><p>'},
        "projects.0.templates.0.html: Malformed template: ",
    ),
    (
        {"subject: Don't miss our Spring Sale!": "subject: 'Hi {{'¶"},
        "projects.0.campaigns.0.subject: Malformed template: ",
    ),
    (
        {"email: ada@example.com\n        first_name": "email: nope¶\n        first_name"},
        "projects.0.contacts.0.email: ",
    ),
    (
        {"email: gone@example.com, first_name": "email: Ada@example.com¶, first_name"},
        "projects.0.contacts.1.email: another one has the same email: ada@example.com",
    ),
    (
        {"email: news@example.org, name": "email: news@elsewhere.example¶, name"},
        "projects.0.senders.1.email: there is no elsewhere.example among the domains",
    ),
    (
        {"event_trigger, eventName: signed_up}": "event_trigger, eventName: nope}¶"},
        "projects.0.automations.0.entry.eventName: there is no nope among the events",
    ),
    (
        {"email: {templateId: A-0f1e2d3c4b5a69788796}}": "email: {templateId: A-1}}¶"},
        "projects.0.automations.0.steps.1.email.templateId: there is no A-1 among the templates",
    ),
    (
        {"    created: 2026-01-15T10:30:00Z": "    created: 2026-01-15T10:30:00¶"},
        "projects.0.created: must be a date and time with its zone",
    ),
    ({"code: 7QK2M": "code: GLB00¶"}, "projects.0.groups.0.code: the global group has the same code"),
    (
        {"code: 7QK2M": "code: 7QK2M\n        default: true", "name: All mail": "name: All mail¶"},
        "projects.0.groups.1.default: only one of the groups can be the default one",
    ),
    ({"keys: [AS_emulator0": "keys: ['', ¶AS_emulator0"}, "projects.0.keys.0: a key has letters"),
    ({"contacts: [ann@": "contacts: [nope, ¶ann@"}, "projects.0.lists.0.contacts.0: Invalid email format"),
    (
        {"- id: 66a0c1d2e3f4a5b6c7d8dddd": "- ¶id: 66a0c1d2e3f4a5b6c7d8dddd", '"reader{n}@': '"zz {n}@'},
        "projects.0.lists.0: the pattern must make e-mail addresses",
    ),
    ({"suppressed: [gone@": "suppressed: [nope, ¶gone@"}, "projects.0.groups.0.suppressed.0: Invalid email"),
    ({"suppressed: [reader47@": "suppressed: [nope, ¶reader47@"}, "projects.0.suppressed.0: Invalid email"),
    ({"seats: 4,": "seats: .nan,¶"}, f"projects.0.contacts.0.fields.seats: {FINITE}"),
    (
        {"seats: 4,": "renewal: 2026-03-01,¶"},
        f"{FIELDS}.renewal: must be a text, a number, true or false: write dates in quotes",
    ),
    (
        {"keys: [AS_emulator0": "keys: [{key: AS_y}, ¶AS_emulator0"},
        "projects.0.keys.0.expires: Field",
    ),
    ({"keys: [AS_emulator0": "keys: [[], ¶AS_emulator0"}, "projects.0.keys.0: must be a text or fields"),
    (
        {"fieldType: string": "fieldType: strng¶"},
        "projects.0.lists.2.filter.groups.0.fieldType: strng ",
    ),
    (
        {"operator: contains, value: +clicked": "operator: contain,¶ value: +clicked"},
        "projects.0.lists.2.filter.groups.1.operator: contain is not a word here; did you mean contains",
    ),
    (
        {"string, operator: contains, value: +clicked@": f"number, operator: equals, value: {BIG}¶"},
        "projects.0.lists.2.filter.groups.1.value: is too large a number",
    ),
    ({"stepId: step_b2": "stepId: step_a1¶"}, "projects.0.automations.0.steps.1.stepId: stepId must be uni"),
    ({"seats: 4,": "seats: four,¶"}, "projects.0.contacts.0.fields.seats: must be a number"),
    ({"seats: 4,": "renewal: soon,¶"}, "projects.0.contacts.0.fields.renewal: must be a date"),
    ({"name: company,": "name: email,¶"}, 'projects.0.properties.1.name: "email" is a reserved name'),
    ({"name: mail.example.org": "name: not a domain¶"}, "projects.0.domains.4.name: Invalid value"),
    (
        {"name: mail.example.org": "name: Example.com¶"},
        "projects.0.domains.4.name: another one has the same name: example.com",
    ),
    (
        {"        name: Newsletter\n        subject": "        name: ''¶\n        subject"},
        "projects.0.templates.0.name: ",
    ),
    ({"subject: Autumn prices": 'subject: "Autumn\\n"¶ #'}, "projects.0.campaigns.1.subject: Invalid value"),
    ({"subject: What": 'subject: "What\\n"¶ #'}, "projects.0.templates.0.subject: Invalid value"),
    (
        {"type: segment": "type: segment\n        parent: 66a0c1d2e3f4a5b6c7d8dd02¶"},
        "projects.0.lists.2.parent: segments can be nested 5 deep",
    ),
    (
        {"type: segment": "type: segment\n        parent: nope¶"},
        "projects.0.lists.2.parent: there is no nope among the lists",
    ),
    (
        {"fieldType: string": "feildType: string¶"},
        "projects.0.lists.2.filter.groups.0.feildType: is not a field here; did you mean fieldType",
    ),
    (
        {"unit: minutes}": "units: minutes}¶"},
        "projects.0.automations.0.steps.0.delay.unit: Field required",
    ),
    (
        {"unit: minutes}": "unit: minutes, units: 1}¶"},
        "projects.0.automations.0.steps.0.delay.units: is not a field here; did you mean unit?",
    ),
    (
        {"aborted: 4h": "aborted: 4h\n        paused: 3h¶"},
        "projects.0.campaigns.6.paused: can not have been: ",
    ),
]
