"""``acl-rules`` of reservations and virtual containers (guide 4.1)."""

from collective.mwsvm import site
from collective.mwsvm.workload import standing_upkeep
from tests.rest.case import RestTestCase
from tests.rest.workload_objects import add_nodes


TED = {"type": "USER", "value": "ted"}
FULL = {"affinity": "POSITIVE", "comparator": "LEXIGRAPHIC_EQUAL", **TED}

TYPES = [
    "USER",
    "GROUP",
    "ACCOUNT",
    "CLASS",
    "QOS",
    "CLUSTER",
    "JOB_ID",
    "RESERVATION_ID",
    "JOB_TEMPLATE",
    "JOB_ATTRIBUTE",
    "DURATION",
    "PROCESSOR_SECONDS",
    "JPRIORITY",
    "MEMORY",
    "NODE",
    "PAR",
    "PROC",
    "QTIME",
    "QUEUE",
    "RACK",
    "SCHED",
    "SYSTEM",
    "TASK",
    "VC",
    "XFACTOR",
]

COMPARATORS = {
    "GREATER_THAN": [">", "gt"],
    "GREATER_THAN_OR_EQUAL": [">=", "ge"],
    "LESS_THAN": ["<", "lt"],
    "LESS_THAN_OR_EQUAL": ["<=", "le"],
    "EQUAL": ["==", "eq", "="],
    "NOT_EQUAL": ["!=", "ne", "<>"],
    "LEXIGRAPHIC_SUBSTRING": ["%<"],
    "LEXIGRAPHIC_NOT_EQUAL": ["%!"],
    "LEXIGRAPHIC_EQUAL": ["%=", "lexigraphic_equal"],
}


class TestAclRules(RestTestCase):
    def setUp(self):
        super().setUp()
        add_nodes("n1")
        self.made("reservations", {"hostListExpression": "n1"})
        self.made("vcs", {})
        self.holders = ("reservations/system.1", "vcs/vc1")

    def rules(self, holder):
        # A reservation names itself at last.
        found = self.get(holder).json()["aclRules"]
        return found[:-1] if holder.startswith("reservations") else found

    def write(self, holder, *rules):
        response = self.put(f"{holder}/acl-rules", {"aclRules": list(rules)})
        self.assertEqual(response.status_code, 200, response.text)

    def permit(self, resource, resource_filter):
        """Let the user amy do everything with these rules."""
        made = [
            self.made(
                "permissions",
                {
                    "resource": resource,
                    "action": action,
                    "type": "api",
                    "resourceFilter": resource_filter,
                },
            )
            for action in ("read", "update", "delete")
        ]
        body = {"name": "r", "permissions": [{"id": each["id"]} for each in made]}
        self.made("roles", body)
        users = [{"name": "amy", "type": "PLONE"}]
        body = {"name": "p", "attachedRoles": [{"name": "r"}], "users": users}
        self.made("principals", body)

    def test_what_is_not_said_is_the_default(self):
        for holder in self.holders:
            self.write(holder, TED)
            self.assertEqual(self.rules(holder), [FULL])

    def test_the_same_type_and_value_is_the_same_rule(self):
        for holder in self.holders:
            self.write(holder, TED, {**TED, "value": "amy"})
            self.write(holder, {**TED, "affinity": "NEUTRAL"})
            found = [(rule["value"], rule["affinity"]) for rule in self.rules(holder)]
            self.assertEqual(found, [("ted", "NEUTRAL"), ("amy", "POSITIVE")])

    def test_all_types(self):
        rules = [{"type": name.lower(), "value": "7"} for name in TYPES]
        for holder in self.holders:
            self.write(holder, *rules)
            self.assertEqual([rule["type"] for rule in self.rules(holder)], TYPES)

    def test_moabs_own_words(self):
        words = {"ACCT": "ACCOUNT", "JOB": "JOB_ID", "RSV": "RESERVATION_ID"}
        words |= {"JTEMPLATE": "JOB_TEMPLATE", "JATTR": "JOB_ATTRIBUTE"}
        words |= {"PS": "PROCESSOR_SECONDS"}
        self.write("vcs/vc1", *({"type": word, "value": "7"} for word in words))
        found = [rule["type"] for rule in self.rules("vcs/vc1")]
        self.assertEqual(found, list(words.values()))
        affinities = {"-": "NEGATIVE", "=": "NEUTRAL", "+": "POSITIVE"}
        for word, meaning in affinities.items():
            self.write("vcs/vc1", {**TED, "affinity": word})
            self.assertEqual(self.rules("vcs/vc1")[-1]["affinity"], meaning)
        for meaning, spellings in COMPARATORS.items():
            for word in (meaning, *spellings):
                self.write("vcs/vc1", {**TED, "comparator": word})
                found = self.rules("vcs/vc1")[-1]["comparator"]
                self.assertEqual(found, meaning, word)

    def test_a_rule_opens_a_reservation(self):
        holder = "reservations/system.1"
        self.assertIn("ISCLOSED", self.get(holder).json()["flags"])
        self.write(holder, TED)
        self.assertNotIn("ISCLOSED", self.get(holder).json()["flags"])
        self.assertEqual(self.delete(f"{holder}/acl-rules/USER:ted").status_code, 200)
        self.assertIn("ISCLOSED", self.get(holder).json()["flags"])

    def test_list_and_show(self):
        for holder in self.holders:
            self.write(holder, TED, {"type": "GROUP", "value": "a:b/c"})
            path = f"{holder}/acl-rules"
            query = {"type": "GROUP"}
            self.assertEqual(self.results(path, "value", query=query), ["a:b/c"])
            self.assertEqual(self.get(f"{path}/user:ted").json(), FULL)
            shown = self.get(f"{path}/GROUP:a:b/c").json()
            self.assertEqual(shown["value"], "a:b/c")
            self.assertEqual(self.delete(f"{path}/GROUP:a:b/c").status_code, 200)
            self.assertEqual(self.rules(holder), [FULL])

    def test_one_rule_by_its_address(self):
        for holder in self.holders:
            path = f"{holder}/acl-rules/USER:ted"
            self.assertEqual(self.put(path, {"affinity": "neutral"}).status_code, 200)
            self.assertEqual(self.get(path).json(), {**FULL, "affinity": "NEUTRAL"})
            self.assertEqual(self.put(path, FULL).status_code, 200)
            self.assertEqual(self.rules(holder), [FULL])
            self.assert_refused(
                self.put(path, {"value": "amy"}), 400, "the address names 'ted'"
            )
            self.assert_refused(
                self.put(path, {"type": "GROUP"}), 400, "the address names 'USER'"
            )

    def test_what_a_rule_must_be(self):
        for holder in self.holders:
            self.write(holder, TED)
            for body, message in (
                ({}, "The field 'aclRules' is required"),
                ({"aclRules": []}, "The field 'aclRules' can't be []"),
                ({"aclRules": {}}, "The field 'aclRules' can't be {}"),
                ({"aclRules": [TED, {}]}, "The field 'aclRules.1.type' is required"),
                ({"aclRules": [{"type": "USER"}]}, "'aclRules.0.value' is required"),
                ({"aclRules": [{**TED, "type": "CAT"}]}, "'aclRules.0.type' can't be"),
                (
                    {"aclRules": [{**TED, "value": ""}]},
                    "'aclRules.0.value' can't be ''",
                ),
                ({"aclRules": [{**TED, "affinity": "?"}]}, "'aclRules.0.affinity'"),
                ({"aclRules": [{**TED, "comparator": "~"}]}, "'aclRules.0.comparator'"),
                (
                    {"aclRules": [{"type": "DURATION", "value": "long"}]},
                    "a whole number of seconds, not 'long'",
                ),
            ):
                response = self.put(f"{holder}/acl-rules", body)
                self.assert_refused(response, 400, message)
            self.assertEqual(self.rules(holder), [FULL])

    def test_unknown_ones(self):
        for holder in self.holders:
            for method in (self.get, self.delete):
                self.assert_refused(
                    method(f"{holder}/acl-rules/USER:amy"),
                    404,
                    "has no ACL rule 'USER:amy'",
                )
                self.assert_refused(
                    method(f"{holder}/acl-rules/amy"), 400, "the form type:value"
                )
            missing = f"{holder}9/acl-rules"
            self.assertEqual(self.put(missing, {"aclRules": [TED]}).status_code, 404)
            self.assertEqual(self.get(missing).status_code, 404)
            self.assertEqual(self.delete(f"{missing}/USER:ted").status_code, 404)

    def test_those_of_standing_reservations_stay(self):
        given = {
            "uniqueIndex": "night.20270101",
            "idPrefix": "night",
            "hostListExpression": "n1",
            "flags": ["STANDINGRSV"],
            "aclRules": [FULL],
        }
        with site.database().transaction() as connection:
            standing_upkeep.keep(connection, self.clock.now, [given])
        path = "reservations/night.2/acl-rules"
        message = "one of a standing reservation"
        self.assert_refused(self.put(path, {"aclRules": [TED]}), 400, message)
        self.assert_refused(self.put(f"{path}/USER:ted", {}), 400, message)
        self.assert_refused(self.delete(f"{path}/USER:ted"), 400, message)
        self.assertEqual(self.rules("reservations/night.2"), [FULL])
        missing = self.put("standing-reservations/night/acl-rules", {"aclRules": [TED]})
        self.assertIn(missing.status_code, (404, 405))

    def test_permissions_may_be_for_some_rules_only(self):
        self.write("vcs/vc1", TED, {"type": "GROUP", "value": "dev"})
        self.permit("acl-rules", {"type": "USER"})
        path, user = "vcs/vc1/acl-rules", "?proxy-user=amy"
        listed = self.get(f"{path}{user}").json()["results"]
        self.assertEqual([rule["type"] for rule in listed], ["USER"])
        for method in (self.get, self.delete):
            response = method(f"{path}/GROUP:dev{user}")
            self.assert_refused(response, 404, "has no ACL rule 'GROUP:dev'")
        body = {"aclRules": [TED, {"type": "GROUP", "value": "ops"}]}
        self.assertEqual(self.put(f"{path}{user}", body).status_code, 403)
        self.assertEqual(len(self.rules("vcs/vc1")), 2)
        body = {"aclRules": [{"type": "USER", "value": "eve"}]}
        self.assertEqual(self.put(f"{path}{user}", body).status_code, 200)
        self.assertEqual(self.delete(f"{path}/USER:eve{user}").status_code, 200)

    def test_changes_are_events_of_the_holder(self):
        for holder in self.holders:
            self.write(holder, TED)
            self.delete(f"{holder}/acl-rules/USER:ted")
        events = [each["eventType"] for each in self.get("events").json()["results"]]
        self.assertEqual(events.count("rsvmodify"), 2)
        self.assertEqual(events.count("vcmodify"), 2)
