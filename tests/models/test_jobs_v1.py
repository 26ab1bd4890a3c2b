"""Jobs in the words of version 1 of the API."""

from collective.mwsvm.models import job_documents
from collective.mwsvm.models.errors import Invalid
from copy import deepcopy
from hypothesis import given
from hypothesis import strategies as st
from tests.models import job_samples
import pytest


MINIMUM = {"commandFile": "/tmp/test.sh"}

#: Every word of version 1 that can be sent.
VERSION_1 = {
    "account": "biology",
    "commandFile": "/bin/bash",
    "commandLineArguments": "script",
    "environmentVariables": {"A": "b"},
    "flags": ["RESTARTABLE"],
    "group": "staff",
    "name": "my job",
    "nodesExcluded": [{"id": "n1"}],
    "nodesRequested": [{"id": "n2"}],
    "qosRequested": "QOS1",
    "durationRequested": 3600,
    "reservationRequested": {"id": "rsv.1"},
    "standardErrorFilePath": "/tmp",
    "standardOutputFilePath": "/tmp",
    "templateList": ["genericVm"],
    "user": "amy",
    "variables": {"vmid": "vm1"},
    "virtualContainers": [{"id": "vc1"}],
    "requirements": [
        {
            "architecture": "x86_64",
            "genericResources": {"gold": 100, "os": 500},
            "nodeAccessPolicy": "SINGLEJOB",
            "operatingSystem": "linux",
            "requiredClass": "batch",
            "requiredDiskPerTask": 10,
            "requiredFeatures": ["ssd"],
            "requiredMemoryPerTask": 1024,
            "requiredNodeCountMinimum": 1,
            "requiredProcessorCountMinimum": 8,
            "requiredProcessorsPerTask": 2,
            "requiredSwapPerTask": 20,
            "taskCount": 4,
            "tasksPerNode": 4,
        }
    ],
}


def submitted(version=1, **fields):
    return job_documents.submitted({**MINIMUM, **fields}, version)


def requirement(**fields):
    return submitted(requirements=[fields])["requirements"][0]


def amounts(found):
    return {name: each["dedicated"] for name, each in found["resourcesPerTask"].items()}


class TestSubmission:
    def test_every_word_has_its_place(self):
        document = job_documents.submitted(VERSION_1, 1)
        assert document["credentials"] == {
            "account": "biology",
            "group": "staff",
            "jobClass": "batch",
            "qos": "NONE",
            "qosRequested": "QOS1",
            "user": "amy",
        }
        assert document["customName"] == "my job"
        assert document["name"] == ""
        assert document["commandLineArgs"] == "script"
        assert document["duration"] == 3600
        assert document["templates"] == [{"name": "DEFAULT"}, {"name": "genericVm"}]
        assert document["nodesExcluded"] == [{"name": "n1"}]
        assert document["nodesRequested"] == [{"name": "n2"}]
        assert document["reservationRequested"] == {"name": "rsv.1"}
        assert document["virtualContainers"] == [{"name": "vc1"}]
        (found,) = document["requirements"]
        assert found["nodeCount"] == 1
        assert found["taskCount"] == 4
        assert found["tasksPerNode"] == 4
        assert found["featuresRequested"] == ["ssd"]
        assert found["image"] == "linux"
        assert found["nodeAccessPolicy"] == "SINGLEJOB"
        assert amounts(found) == {
            "processors": 2,
            "memory": 1024,
            "disk": 10,
            "swap": 20,
            "gold": 100,
            "os": 500,
        }

    def test_version_1_comes_back_as_it_went(self):
        shown = job_documents.shown(job_documents.submitted(VERSION_1, 1), 1, 0)
        expected = deepcopy(VERSION_1)
        expected["templateList"].insert(0, "DEFAULT")
        expected["flags"].insert(0, "GLOBALQUEUE")
        assert {name: shown[name] for name in expected} == expected

    def test_what_a_client_was_shown_can_be_sent_again(self):
        document = job_documents.submitted(VERSION_1, 1)
        shown = job_documents.shown(document, 1, 0)
        assert job_documents.submitted(shown, 1) == document

    @pytest.mark.parametrize(
        ("given", "tasks", "processors"),
        [
            ({"requiredProcessorCountMinimum": "4"}, 4, 1),
            (
                {"requiredProcessorCountMinimum": 5, "requiredProcessorsPerTask": 2},
                3,
                2,
            ),
            ({"requiredProcessorsPerTask": 2}, 1, 2),
            ({"requiredProcessorCountMinimum": 4, "taskCount": 2}, 2, 1),
            ({"requiredProcessorCountMinimum": 0, "requiredNodeCountMinimum": 3}, 3, 1),
            (
                {"requiredProcessorCountMinimum": 4, "requiredProcessorsPerTask": 0},
                4,
                0,
            ),
        ],
    )
    def test_processors_become_tasks(self, given, tasks, processors):
        found = requirement(**given)
        assert (found["taskCount"], amounts(found)["processors"]) == (tasks, processors)

    @given(st.integers(0, 10_000), st.integers(1, 64))
    def test_never_fewer_processors_than_are_asked_for(self, least, each):
        document = submitted(
            requirements=[
                {
                    "requiredProcessorCountMinimum": least,
                    "requiredProcessorsPerTask": each,
                }
            ]
        )
        (found,) = job_documents.shown(document, 1, 0)["requirements"]
        assert least <= found["requiredProcessorCountMinimum"] < max(least, 1) + each
        assert found["requiredProcessorsPerTask"] == each

    def test_mantid(self):
        document = job_documents.submitted(job_samples.MANTID, 1)
        assert document["credentials"]["user"] == "amy"
        assert document["customName"] == "Mantid 1"
        assert document["requirements"][0]["taskCount"] == 4
        assert document["variables"] == {"SUBMITTING_APP": "MANTID"}


class TestMixedWords:
    def test_a_client_that_mixes_the_versions(self):
        document = job_documents.submitted(job_samples.MIXED, 2)
        assert document["customName"] == "task 7"
        assert document["credentials"]["user"] == "svc"
        assert document["credentials"]["group"] == "staff"
        assert document["duration"] == 3600
        assert document["nodesExcluded"] == [{"name": "n1"}]
        assert document["requirements"][0]["taskCount"] == 2
        assert document["requirements"][0]["tasksPerNode"] == 4

    def test_version_2_in_version_1(self):
        assert job_documents.submitted(
            job_samples.EVERYTHING, 1
        ) == job_documents.submitted(job_samples.EVERYTHING, 2)

    @pytest.mark.parametrize(
        ("one", "two", "place"),
        [
            ({"user": "a"}, {"credentials": {"user": "b"}}, ("credentials", "user")),
            ({"durationRequested": 1}, {"duration": 2}, ("duration",)),
            (
                {"commandLineArguments": "a"},
                {"commandLineArgs": "b"},
                ("commandLineArgs",),
            ),
        ],
    )
    def test_the_words_of_the_called_version_count(self, one, two, place):
        def value(version, fields):
            found = submitted(version, **fields)
            for step in place:
                found = found[step]
            return found

        assert value(1, {**one, **two}) == value(1, one)
        assert value(2, {**one, **two}) == value(2, two)
        nulls = dict.fromkeys(one)
        assert value(1, {**nulls, **two}) == value(1, two)

    def test_a_name_is_the_clients_in_version_1_only(self):
        assert submitted(1, name="mine")["customName"] == "mine"
        assert submitted(2, name="mine")["customName"] is None
        assert submitted(2, name="mine")["name"] == ""

    def test_in_requirements_those_of_version_2_do(self):
        found = requirement(
            nodeCount=2,
            requiredNodeCountMinimum=5,
            requiredMemoryPerTask=1,
            requiredDiskPerTask=3,
            resourcesPerTask={"memory": {"dedicated": 2}},
        )
        assert found["nodeCount"] == 2
        assert amounts(found)["memory"] == 2
        assert amounts(found)["disk"] == 3


class TestChanges:
    def test_flat_words(self):
        given = {
            "account": "a",
            "durationRequested": 5,
            "name": "n",
            "qosRequested": "q",
            "reservationRequested": {"id": "rsv.1"},
            "requirements": [{"requiredClass": "c", "taskCount": 9}],
            "user": "ignored",
            "userPriority": 3,
            "variables": {"a": "1"},
        }
        assert job_documents.changes(given, 1) == {
            "credentials": {"account": "a", "jobClass": "c", "qosRequested": "q"},
            "customName": "n",
            "duration": 5,
            "priorities": {"user": 3},
            "reservationRequested": {"name": "rsv.1"},
            "variables": {"a": "1"},
        }


class TestRefusals:
    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"durationRequested": 0}, "The field 'durationRequested' can't be 0: "),
            ({"user": ""}, "The field 'user' can't be '': "),
            ({"name": "a\n"}, "The field 'name' can't be 'a\\n': "),
            ({"templateList": [5]}, "The field 'templateList.0' can't be 5: "),
            ({"templateList": [""]}, "The field 'templateList.0.name' can't be '': "),
            ({"nodesExcluded": [{}]}, "The field 'nodesExcluded.0.name' is required"),
            (
                {"requirements": [{"requiredProcessorCountMinimum": "many"}]},
                "The field 'requirements.0.requiredProcessorCountMinimum' can't be "
                "'many': ",
            ),
            (
                {"requirements": [{"genericResources": {"gold": -1}}]},
                "The field 'requirements.0.genericResources.gold' can't be -1: ",
            ),
            ({"requirements": "x"}, "The field 'requirements' can't be 'x': "),
            ({"requirements": ["x"]}, "The field 'requirements.0' can't be 'x': "),
        ],
    )
    def test_they_name_what_was_sent(self, fields, said):
        with pytest.raises(Invalid) as caught:
            submitted(**fields)
        (message,) = caught.value.messages
        assert message.startswith(said)


class TestShown:
    #: What known clients read of entries of lists.
    READ = ("id", "name", "user", "state", "expectedState", "submitDate", "variables")

    def test_a_job(self):
        document = deepcopy(job_samples.SHOWN)
        document["customName"] = "mine"
        document["states"] |= {"state": "UserHold", "stateExpected": "Idle"}
        document["blocks"][0]["message"] = "It is held."
        shown = job_documents.shown(document, 1, 0)
        expected = {
            "id": "Moab.15",
            "name": "mine",
            "user": "adaptive",
            "group": "adaptive",
            "account": None,
            "state": "USER_HOLD",
            "expectedState": "IDLE",
            "blockReason": {
                "category": "jobBlock",
                "message": "It is held.",
                "type": None,
            },
            "submitDate": "2012-10-11 17:58:16 UTC",
            "rmName": "internal",
            "startPriority": 1,
        }
        assert expected.items() <= shown.items()
        for nested in ("credentials", "dates", "states", "priorities", "blocks"):
            assert nested not in shown

    def test_entries_of_lists_have_fewer_fields(self):
        shown = job_documents.shown(job_samples.SHOWN, 1, 0)
        brief = job_documents.shown(job_samples.SHOWN, 1, 0, brief=True)
        assert brief.items() <= shown.items()
        assert set(self.READ) <= set(brief)
        assert len(brief) < len(shown) / 2

    def test_nothing_blocks_a_job_that_runs(self):
        document = job_samples.SHOWN | {"blocks": [], "resourceManagers": []}
        shown = job_documents.shown(document, 1, 0)
        assert shown["blockReason"] is None
        assert shown["rmName"] is None
