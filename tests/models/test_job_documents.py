"""What clients send of jobs, and what they are shown (guide 4.8)."""

from collective.mwsvm.models import job_documents
from collective.mwsvm.models.document import is_date
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.job_objects.job import Job
from collective.mwsvm.models.job_objects.job import JobHolds
from collective.mwsvm.models.job_objects.job import NewJob
from collective.mwsvm.models.job_objects.marks import written
from collective.mwsvm.models.job_objects.words import DEPENDENCIES
from collective.mwsvm.workload.scheduling.dependencies import TYPES
from copy import deepcopy
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from tests.models import job_samples
import pytest


MINIMUM = {"commandFile": "/tmp/test.sh"}


def submitted(version=2, **fields):
    return job_documents.submitted({**MINIMUM, **fields}, version)


def refused(given, version=2):
    with pytest.raises(Invalid) as caught:
        job_documents.submitted(given, version)
    return caught.value.messages


def sentence(**fields):
    messages = refused({**MINIMUM, **fields})
    assert len(messages) == 1
    return messages[0]


def requirement(**fields):
    return submitted(requirements=[fields])["requirements"][0]


class TestDefaults:
    #: What the sample has of its manager, its client and its scheduler.
    KNOWN = {
        "credentials": {"user": "adaptive", "group": "adaptive"},
        "dates": {
            name: job_samples.SHOWN["dates"][name]
            for name in (
                "createdDate",
                "earliestStartDate",
                "eligibleDate",
                "lastUpdatedDate",
                "submitDate",
            )
        },
    }
    SET = (
        "durationQueued",
        "name",
        "partitionAccessList",
        "resourceManagers",
        "submitHost",
    )

    def test_the_least_that_can_be_submitted_becomes_the_sample_of_the_guide(self):
        document = submitted(
            initialWorkingDirectory="/tmp",
            partitionAccessListRequested=["msm", "SHARED"],
            requirements=[{"taskCount": 4}],
        )
        for name, part in self.KNOWN.items():
            document[name] |= part
        document |= {name: job_samples.SHOWN[name] for name in self.SET}
        document.pop("id")
        assert document == job_samples.SHOWN

    def test_so_does_the_model(self):
        document = Job.check({"commandFile": "/tmp/test.sh"}).wire()
        assert document == submitted()
        assert set(document) == {"id", *job_samples.SHOWN}

    def test_a_job_has_at_least_one_requirement(self):
        assert submitted(requirements=[])["requirements"] == [requirement()]
        assert requirement()["taskCount"] == 1

    def test_requirements_are_numbered(self):
        found = submitted(requirements=[{"index": 7}, {}])["requirements"]
        assert [each["index"] for each in found] == [0, 1]

    def test_a_job_of_an_editor_has_no_file(self):
        assert Job.check({}).wire()["commandFile"] is None


class TestSubmission:
    def test_every_field_of_the_guide_is_taken(self):
        document = job_documents.submitted(deepcopy(job_samples.EVERYTHING), 2)
        expected = deepcopy(job_samples.EVERYTHING)
        expected["commandLineArgs"] = expected.pop("commandLineArguments")
        expected["templates"].insert(0, {"name": "DEFAULT"})
        expected["flags"].insert(0, "GLOBALQUEUE")
        for name in ("credentials", "dates", "priorities"):
            assert document.pop(name).items() >= expected.pop(name).items()
        (given,), (wanted,) = document.pop("requirements"), expected.pop("requirements")
        resources = wanted.pop("resourcesPerTask")
        found = given.pop("resourcesPerTask")
        assert {name: found[name]["dedicated"] for name in found} == {
            name: resources[name]["dedicated"] for name in resources
        }
        assert given.items() >= wanted.items()
        assert {name: document[name] for name in expected} == expected

    def test_what_is_sent_stays_as_it_is(self):
        body = deepcopy(job_samples.EVERYTHING)
        job_documents.submitted(body, 1)
        assert body == job_samples.EVERYTHING

    def test_fields_of_the_server_are_ignored(self):
        other = deepcopy(job_samples.SHOWN)
        other |= {
            "arrayIndex": 5,
            "arrayMasterName": "Moab.1",
            "blocks": [],
            "cancelCount": 3,
            "completionCode": 1,
            "id": "x",
            "isActive": False,
            "messages": [{"message": "hello"}],
            "name": "Moab.99",
            "queueStatus": "completed",
            "states": {"state": "Completed"},
            "startCount": 9,
            "systemJobType": "VMMIGRATE",
        }
        other["credentials"]["qos"] = "HIGH"
        other["dates"]["startDate"] = "2012-10-11 17:58:16 UTC"
        other["dates"]["terminationDate"] = "2012-10-11 17:58:16 UTC"
        other["priorities"] = {"run": 1, "start": 2, "system": 3, "user": 4}
        other["requirements"][0] |= {
            "features": ["x"],
            "metrics": {"x": 1},
            "nodes": [{"name": "n"}],
            "nodeSet": "s",
            "reservation": {"name": "r"},
        }
        other["requirements"][0]["resourcesPerTask"]["memory"]["utilized"] = 7
        own = ("credentials", "initialWorkingDirectory", "submitHost")
        own += ("partitionAccessListRequested",)
        expected = submitted(
            **{name: job_samples.SHOWN[name] for name in own},
            priorities={"user": 4},
            requirements=[{"taskCount": 4}],
        )
        assert job_documents.submitted(other, 2) == expected

    @pytest.mark.parametrize("name", sorted(job_samples.SHOWN))
    def test_a_field_of_the_server_may_hold_anything(self, name):
        clients = {*job_samples.EVERYTHING, "commandLineArgs", "description"}
        if name not in clients:
            assert submitted(**{name: object()}) == submitted()

    @pytest.mark.parametrize("name", sorted(job_samples.EVERYTHING))
    def test_a_null_says_nothing(self, name):
        if name != "commandFile":
            assert submitted(**{name: None}) == submitted()

    def test_numbers_may_be_texts(self):
        document = submitted(
            duration="600",
            priorities={"user": "-5"},
            requirements=[
                {"taskCount": "2", "resourcesPerTask": {"memory": {"dedicated": "9"}}}
            ],
            variables={"n": 5},
        )
        assert document["duration"] == 600
        assert document["priorities"]["user"] == -5
        assert document["requirements"][0]["taskCount"] == 2
        assert (
            document["requirements"][0]["resourcesPerTask"]["memory"]["dedicated"] == 9
        )
        assert document["variables"] == {"n": "5"}

    def test_dates_come_in_any_zone(self):
        document = submitted(
            dates={"earliestRequestedStartDate": "2012-11-08 13:00:00 MST"}
        )
        assert (
            document["dates"]["earliestRequestedStartDate"] == "2012-11-08 20:00:00 UTC"
        )

    def test_both_words_for_arguments_are_taken(self):
        assert submitted(commandLineArgs="-x") == submitted(commandLineArguments="-x")
        assert "commandLineArguments" not in submitted(commandLineArguments="-x")

    def test_sets_have_each_member_once(self):
        document = submitted(
            attributes=["b", "a", "b"],
            nodesRequested=[{"name": "n2"}, {"name": "n1"}, {"name": "n2"}],
            templates=[{"name": "DEFAULT"}, {"name": "t"}],
        )
        assert document["attributes"] == ["b", "a"]
        assert document["nodesRequested"] == [{"name": "n2"}, {"name": "n1"}]
        assert document["templates"] == [{"name": "DEFAULT"}, {"name": "t"}]

    def test_flags_are_taken_in_any_case_even_unknown_ones(self):
        document = submitted(flags=["restartable", "advres:Rsv.1", "NEW", "none"])
        assert document["flags"] == [
            "GLOBALQUEUE",
            "RESTARTABLE",
            "ADVRES:Rsv.1",
            "NEW",
        ]

    def test_flags_of_the_server_have_no_effect(self):
        assert submitted(flags=["ARRAYMASTER", "SYSTEMJOB"])["flags"] == ["GLOBALQUEUE"]

    @pytest.mark.parametrize(
        ("given", "tasks"),
        [
            ({}, 1),
            ({"nodeCount": 6}, 6),
            ({"nodeCount": 3, "tasksPerNode": 2}, 6),
            ({"tasksPerNode": 2}, 2),
            ({"nodeCount": 3, "taskCount": 4}, 4),
        ],
    )
    def test_the_number_of_tasks_follows_from_the_nodes(self, given, tasks):
        assert requirement(**given)["taskCount"] == tasks


class TestWords:
    @pytest.mark.parametrize(
        ("field", "given", "kept"),
        [
            ("nodesRequestedPolicy", "superset", "SUPERSET"),
            ("nodesRequestedPolicy", "Subset", "SUBSET"),
            ("nodesRequestedPolicy", "EXACTSET", "EXACTSET"),
            ("resourceFailPolicy", "requeue", "REQUEUE"),
            ("vmUsagePolicy", "createVM", "CREATEVM"),
            ("holds", ["user", "USER"], ["User"]),
            (
                "emailNotifyTypes",
                ["JOBSTART", "jobend", "JobFail", "ALL", "none"],
                ["JobStart", "JobEnd", "JobFail", "All", "None"],
            ),
        ],
    )
    def test_any_case_will_do(self, field, given, kept):
        assert submitted(**{field: given})[field] == kept

    @pytest.mark.parametrize(
        ("field", "given", "kept"),
        [
            ("featuresRequestedMode", "or", "OR"),
            ("featuresExcludedMode", "or", "OR"),
            ("nodeAccessPolicy", "singleuser", "SINGLEUSER"),
            ("nodeAllocationPolicy", "CustomPriority", "PRIORITY"),
            ("nodeAllocationPolicy", "InReportedOrder", "FIRSTAVAILABLE"),
            ("nodeAllocationPolicy", "InReverseReportedOrder", "LASTAVAILABLE"),
            ("nodeAllocationPolicy", "MinimumConfiguredResources", "MINRESOURCE"),
            ("nodeAllocationPolicy", "NodeSpeed", "FASTEST"),
            ("nodeAllocationPolicy", "ProcessorLoad", "CPULOAD"),
            ("nodeAllocationPolicy", "ProcessorSpeedBalance", "MAXBALANCE"),
            ("nodeAllocationPolicy", "contiguous", "CONTIGUOUS"),
        ],
    )
    def test_so_in_requirements(self, field, given, kept):
        assert requirement(**{field: given})[field] == kept

    @pytest.mark.parametrize(
        "comparator", ["<", "<=", "=", "==", "!=", "<>", ">=", ">"]
    )
    def test_comparators(self, comparator):
        test = {"name": "matlab", "comparator": comparator, "value": "7.1"}
        assert requirement(attributes=[test])["attributes"] == [test]

    @pytest.mark.parametrize("kind", sorted(DEPENDENCIES))
    def test_dependencies_keep_their_spelling(self, kind):
        for spelling in (kind, kind.upper()):
            dependency = {"type": spelling, "name": "Moab.1"}
            assert submitted(dependencies=[dependency])["dependencies"] == [dependency]

    def test_the_scheduler_knows_every_type_of_dependency(self):
        assert DEPENDENCIES <= TYPES

    @pytest.mark.parametrize(
        ("field", "allowed"),
        [
            ("nodesRequestedPolicy", "'SUPERSET', 'SUBSET' or 'EXACTSET'"),
            (
                "resourceFailPolicy",
                "'CANCEL', 'FAIL', 'HOLD', 'IGNORE', 'NOTIFY', 'REQUEUE' or 'RETRY'",
            ),
            (
                "vmUsagePolicy",
                "'ANY', 'REQUIREPM', 'REQUIREVM', 'PREFPM', 'PREFVM', 'CREATEVM' or "
                "'CREATEPERSISTENTVM'",
            ),
        ],
    )
    def test_others_are_refused_with_what_is_allowed(self, field, allowed):
        assert sentence(**{field: "other"}) == (
            f"The field '{field}' can't be 'other': input should be {allowed}"
        )

    @pytest.mark.parametrize(
        ("field", "allowed"),
        [
            ("featuresRequestedMode", "'AND' or 'OR'"),
            ("featuresExcludedMode", "'AND' or 'OR'"),
            (
                "nodeAccessPolicy",
                "'SHARED', 'SHAREDONLY', 'SINGLEACCOUNT', 'SINGLEGROUP', 'SINGLEJOB', "
                "'SINGLETASK', 'SINGLEUSER' or 'UNIQUEUSER'",
            ),
            (
                "nodeAllocationPolicy",
                "'NONE', 'CONTIGUOUS', 'CPULOAD', 'FASTEST', 'FIRSTAVAILABLE', "
                "'FIRSTSET', 'LASTAVAILABLE', 'LOCAL', 'MAXBALANCE', 'MINGLOBAL', "
                "'MINLOCAL', 'MINRESOURCE', 'PLUGIN' or 'PRIORITY'",
            ),
        ],
    )
    def test_so_are_others_in_requirements(self, field, allowed):
        assert sentence(requirements=[{field: "other"}]) == (
            f"The field 'requirements.0.{field}' can't be 'other': input should be "
            f"{allowed}"
        )


CHARACTERS = (
    "the name of a variable can't be empty and can't have an equals sign (=), semicolon "
    "(;), colon (:), plus (+), question mark (?), caret (^), backslash (\\) or white space"
)


class TestRestrictions:
    def test_the_file_is_required(self):
        assert refused({}) == ["The field 'commandFile' is required"]
        assert refused({"commandFile": None}) == ["The field 'commandFile' is required"]

    @pytest.mark.parametrize("field", ["commandFile", "initialWorkingDirectory"])
    @pytest.mark.parametrize("path", ["test.sh", "./test.sh", "~/test.sh"])
    def test_paths_are_absolute(self, field, path):
        assert sentence(**{field: path}) == (
            f"The field '{field}' can't be '{path}': it must be an absolute path, which "
            "begins with a slash (/)"
        )

    @pytest.mark.parametrize(
        "field",
        [
            "commandFile",
            "customName",
            "epilogScript",
            "jobGroup",
            "prologScript",
            "standardErrorFilePath",
            "standardOutputFilePath",
            "submitHost",
        ],
    )
    def test_names_and_paths_are_lines(self, field):
        for value in ("/a\nb", "/a\0b"):
            assert sentence(**{field: value}) == (
                f"The field '{field}' can't be {value!r}: it can't have line breaks or "
                "other control characters"
            )

    @pytest.mark.parametrize("character", list("=;:+?^\\ \t\n\u00a0"))
    def test_characters_that_names_of_variables_cannot_have(self, character):
        name = f"a{character}b"
        assert sentence(variables={name: "1"}) == (
            f"The field 'variables.{name}' can't be {name!r}: {CHARACTERS}"
        )

    def test_names_of_variables_are_not_empty(self):
        assert CHARACTERS in sentence(variables={"": "1"})

    @pytest.mark.parametrize("character", list(";:+^"))
    def test_characters_that_values_of_variables_cannot_have(self, character):
        assert sentence(variables={"a": f"b{character}"}) == (
            f"The field 'variables.a' can't be 'b{character}': the value of a variable "
            "can't have a semicolon (;), colon (:), plus (+) or caret (^)"
        )

    def test_values_of_variables_may_have_all_others(self):
        variables = {"a-b_c.d/e": "x = y? \\ z"}
        assert submitted(variables=variables)["variables"] == variables

    def test_variables_are_texts(self):
        assert "The field 'variables.a' can't be ['b']" in sentence(
            variables={"a": ["b"]}
        )

    def test_there_is_one_virtual_container_at_most(self):
        assert sentence(virtualContainers=[{"name": "vc1"}, {"name": "vc2"}]).endswith(
            "a job can be submitted to one virtual container only"
        )

    @pytest.mark.parametrize("hold", ["System", "Batch", "Defer", "All"])
    def test_only_users_holds_come_with_a_job(self, hold):
        assert sentence(holds=["User", hold]).endswith(
            "a job can be submitted with holds of the type User only"
        )

    def test_holds_that_are_none(self):
        assert sentence(holds=["Mine"]) == (
            "The field 'holds.0' can't be 'Mine': input should be 'User', 'System', "
            "'Batch', 'Defer' or 'All'"
        )

    @pytest.mark.parametrize("duration", [0, -1, "0"])
    def test_a_duration_is_positive(self, duration):
        assert sentence(duration=duration) == (
            f"The field 'duration' can't be {duration!r}: input should be greater than 0"
        )

    @pytest.mark.parametrize("duration", ["long", 1.5, [], 10**10])
    def test_a_duration_is_a_number(self, duration):
        assert sentence(duration=duration).startswith(
            f"The field 'duration' can't be {duration!r}: input should be "
        )

    @pytest.mark.parametrize("field", ["deadlineDate", "earliestRequestedStartDate"])
    def test_dates_are_dates(self, field):
        assert sentence(dates={field: "soon"}) == (
            f"The field 'dates.{field}': 'soon' is not a date; a date is yyyy-MM-dd "
            "HH:mm:ss ZZZ, such as 2013-05-23 17:32:02 UTC"
        )

    def test_a_deadline_is_not_before_the_start(self):
        dates = {
            "deadlineDate": "2012-01-01 00:00:00 UTC",
            "earliestRequestedStartDate": "2012-01-01 00:00:00 MST",
        }
        assert sentence(dates=dates).endswith(
            "the deadlineDate 2012-01-01 00:00:00 UTC is before the "
            "earliestRequestedStartDate 2012-01-01 07:00:00 UTC"
        )

    @pytest.mark.parametrize("field", ["nodeCount", "taskCount", "tasksPerNode"])
    def test_counts_are_not_negative(self, field):
        assert sentence(requirements=[{}, {field: -1}]) == (
            f"The field 'requirements.1.{field}' can't be -1: input should be greater "
            "than or equal to 0"
        )

    def test_amounts_are_not_negative(self):
        resources = {"tape": {"dedicated": -1}}
        assert sentence(requirements=[{"resourcesPerTask": resources}]) == (
            "The field 'requirements.0.resourcesPerTask.tape.dedicated' can't be -1: "
            "input should be greater than or equal to 0"
        )

    def test_tasks_have_an_end(self):
        message = sentence(
            requirements=[{"nodeCount": 2**31 - 1, "tasksPerNode": 2}],
        )
        assert message.endswith(
            "2 tasks on each of 2147483647 nodes are more than 2147483647"
        )

    def test_comparators_that_are_none(self):
        test = {"name": "matlab", "comparator": "~", "value": "7"}
        assert sentence(requirements=[{"attributes": [test]}]) == (
            "The field 'requirements.0.attributes.0.comparator' can't be '~': input "
            "should be '<', '<=', '=', '==', '!=', '<>', '>=' or '>'"
        )

    @pytest.mark.parametrize(
        "email", ["", "amy", "amy@", "@x", "a b@c", "a@b\nc", "a@b,c@d"]
    )
    def test_email_addresses(self, email):
        assert sentence(emailNotifyAddresses=[email]) == (
            f"The field 'emailNotifyAddresses.0' can't be {email!r}: it must be an email "
            "address, such as amy@example.com"
        )

    def test_types_of_emails(self):
        assert sentence(emailNotifyTypes=["JobPaused"]) == (
            "The field 'emailNotifyTypes.0' can't be 'JobPaused': input should be "
            "'JobStart', 'JobEnd', 'JobFail', 'All' or 'None'"
        )

    def test_types_of_dependencies(self):
        message = sentence(dependencies=[{"type": "later", "name": "Moab.1"}])
        assert message.startswith(
            "The field 'dependencies.0.type' can't be 'later': a dependency is of one of "
            "the types jobstart, jobcomplete, "
        )

    def test_dependencies_name_something(self):
        assert sentence(dependencies=[{"type": "set"}]) == (
            "The field 'dependencies.0.name' is required"
        )

    @pytest.mark.parametrize("name", ["", "a=b", "a\0"])
    def test_names_in_the_environment(self, name):
        assert sentence(environmentVariables={name: "1"}).endswith(
            "the name of an environment variable can't be empty and can't have an equals "
            "sign (=)"
        )

    def test_values_in_the_environment(self):
        assert sentence(environmentVariables={"a": "b\0"}) == (
            "The field 'environmentVariables.a' can't be 'b\\x00': it can't have the "
            "character NUL"
        )

    @pytest.mark.parametrize("flag", ["", "A B", "A\0"])
    def test_flags_are_words(self, flag):
        assert sentence(flags=[flag]).startswith("The field 'flags.0' can't be ")

    def test_a_wrong_shape(self):
        assert sentence(credentials="amy").startswith(
            "The field 'credentials' can't be 'amy'"
        )
        assert sentence(requirements={}).startswith(
            "The field 'requirements' can't be {}"
        )
        assert sentence(nodesRequested=[5]).startswith(
            "The field 'nodesRequested.0' can't be 5"
        )

    def test_every_fault_is_told(self):
        assert (
            len(refused({"duration": 0, "holds": ["x"], "variables": {"a b": "c"}}))
            == 4
        )


class TestChanges:
    def test_every_field_of_the_guide_is_taken(self):
        assert job_documents.changes(job_samples.CHANGE, 2) == job_samples.CHANGE

    def test_what_only_a_submission_says_is_ignored(self):
        given = job_samples.SHOWN | job_samples.EVERYTHING
        found = job_documents.changes(given, 2)
        assert set(found) == set(job_samples.CHANGE)
        assert set(found["credentials"]) == set(job_samples.CHANGE["credentials"])
        assert set(found["dates"]) == set(job_samples.CHANGE["dates"])
        assert found["priorities"] == {"user": 5}

    def test_nothing_at_all(self):
        assert job_documents.changes({}, 2) == {}
        assert job_documents.changes({"commandFile": "x", "duration": None}, 1) == {}

    def test_a_null_takes_away_what_need_not_be_there(self):
        given = {
            "credentials": {"account": None, "user": None},
            "customName": None,
            "dates": {"earliestRequestedStartDate": None},
            "flags": None,
            "reservationRequested": None,
            "variables": {"a": None},
        }
        found = job_documents.changes(given, 2)
        assert found == {
            "credentials": {"account": None},
            "customName": None,
            "dates": {"earliestRequestedStartDate": None},
            "reservationRequested": None,
            "variables": {"a": None},
        }

    def test_any_hold_can_be_asked_for(self):
        for hold in ("User", "System", "Batch", "Defer", "All"):
            assert job_documents.changes({"holds": [hold]}, 2) == {"holds": [hold]}

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"duration": 0}, "greater than 0"),
            ({"variables": {"a:b": "1"}}, CHARACTERS),
            ({"variables": {"a": "1;"}}, "the value of a variable can't have"),
            ({"holds": ["Mine"]}, "'User', 'System', 'Batch', 'Defer' or 'All'"),
            ({"dates": {"earliestRequestedStartDate": "x"}}, "'x' is not a date"),
            ({"messages": [{}]}, "The field 'messages.0.message' is required"),
            ({"messages": [{"message": ""}]}, "at least 1 character"),
            ({"reservationRequested": {"name": ""}}, "at least 1 character"),
            ({"priorities": {"user": "high"}}, "valid integer"),
        ],
    )
    def test_restrictions_are_those_of_submissions(self, given, said):
        with pytest.raises(Invalid, match="^The field '") as caught:
            job_documents.changes(given, 2)
        assert said in str(caught.value)

    def test_a_changed_document(self):
        old = job_documents.submitted(job_samples.EVERYTHING, 2)
        old["messages"] = [{"message": "before"}]
        old["flags"] = ["ARRAYJOB", "GLOBALQUEUE", "PREEMPTEE"]
        before = deepcopy(old)
        change = job_documents.changes(
            {
                "credentials": {"account": "other"},
                "dates": {"earliestRequestedStartDate": None},
                "flags": ["RESTARTABLE"],
                "holds": [],
                "messages": [{"message": "after"}],
                "priorities": {"user": 9},
                "variables": {"var1": None, "var2": "new", "var3": "3"},
            },
            2,
        )
        new = job_documents.changed(old, change)
        assert old == before
        assert new == old | {
            "credentials": old["credentials"] | {"account": "other"},
            "dates": old["dates"] | {"earliestRequestedStartDate": None},
            "flags": ["ARRAYJOB", "GLOBALQUEUE", "RESTARTABLE"],
            "messages": [{"message": "before"}, {"message": "after"}],
            "priorities": old["priorities"] | {"user": 9},
            "variables": {"var2": "new", "var3": "3"},
        }

    def test_a_start_after_the_deadline_is_refused(self):
        old = submitted(dates={"deadlineDate": "2012-01-01 00:00:00 UTC"})
        change = job_documents.changes(
            {"dates": {"earliestRequestedStartDate": "2013-01-01 00:00:00 UTC"}}, 2
        )
        with pytest.raises(Invalid, match="^the deadlineDate .* is before"):
            job_documents.changed(old, change)

    def test_holds_of_an_action(self):
        assert JobHolds.check({"holds": ["user", "ALL"]}).holds == ["User", "All"]
        assert JobHolds.check({}).holds == []
        with pytest.raises(Invalid, match="'holds.0' can't be 'x'"):
            JobHolds.check({"holds": ["x"]})


class TestMarks:
    def test_post(self):
        # So does the guide's body for POST, which shows all the fields there are.
        body = deepcopy(job_samples.EVERYTHING)
        body["commandLineArgs"] = body.pop("commandLineArguments")
        body["description"] = "a job"
        assert written(NewJob, {**job_samples.SHOWN, **body}, creation=True) == body

    def test_put(self):
        given = {**job_samples.SHOWN, **job_samples.EVERYTHING, **job_samples.CHANGE}
        assert written(Job, given, creation=False) == job_samples.CHANGE

    def test_dates_are_known_as_such(self):
        for name in job_samples.SHOWN["dates"]:
            assert is_date(Job, f"dates.{name}")
        assert is_date(Job, "states.stateLastUpdatedDate")
        assert is_date(Job, "holdDate")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["User", "set", "/a", "2012-01-01 00:00:00 UTC", "<=", "1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "id", "type", "dedicated", "memory", "message", "taskCount"]
                + ["requiredProcessorCountMinimum", "genericResources", "attributes"]
                + ["resourcesPerTask", "user", "account", "deadlineDate"]
            )
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
BODIES = st.dictionaries(
    st.sampled_from(
        sorted({*job_samples.EVERYTHING, *job_samples.CHANGE, *job_samples.MANTID})
        + ["templateList", "qosRequested", "durationRequested", "deadlineDate"]
    ),
    JSON,
    max_size=8,
)


class TestAnything:
    @settings(deadline=None, max_examples=400)
    @given(BODIES, st.sampled_from([1, 2]), st.booleans())
    def test_whatever_is_sent_is_taken_or_refused_in_sentences(
        self, body, version, file
    ):
        if file:
            body = {**body, "commandFile": "/tmp/x"}
        for take in (job_documents.submitted, job_documents.changes):
            try:
                take(body, version)
            except Invalid as error:
                assert all(error.messages)

    @settings(deadline=None, max_examples=200)
    @given(BODIES, st.sampled_from([1, 2]))
    def test_what_was_taken_is_taken_again(self, body, version):
        try:
            document = job_documents.submitted(
                {**body, "commandFile": "/tmp/x"}, version
            )
        except Invalid:
            return
        assert job_documents.submitted(document, 2) == document
        assert Job.check(document).wire() == document
