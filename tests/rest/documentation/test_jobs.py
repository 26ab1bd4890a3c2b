"""Guide 4.8 and 4.9: jobs and job arrays."""

from collective.mwsvm import site
from functools import partial
from sqlalchemy import text
from tests.models.job_samples import CHANGE
from tests.models.job_samples import EVERYTHING
from tests.rest.documentation.case import DocumentationTestCase
from unittest import mock
import transaction


MOAB = ("X-Moab-Status", "X-Moab-Code", "X-Moab-Message")

SCRIPT = "#!/bin/sh\ntrue\n"

ADAPTIVE = {"group": "adaptive", "user": "adaptive"}

MINIMAL = {
    "commandFile": "/tmp/test.sh",
    "credentials": ADAPTIVE,
    "initialWorkingDirectory": "/tmp",
}

#: The body of 4.9.1.1.
ARRAY = {
    "name": "myarray",
    "indexRanges": [{"startIndex": 11, "endIndex": 25, "increment": 2}],
    "indexValues": [2, 4, 6, 8, 10],
    "slotLimit": 2,
    "cancellationPolicy": {"firstJob": "FAILURE", "anyJob": "SUCCESS"},
    "jobPrototype": {
        "commandFile": "/tmp/test.sh",
        "initialWorkingDirectory": "/tmp",
        "requirements": [{"taskCount": 4}],
    },
}


class JobExamples(DocumentationTestCase):
    """The numbers of jobs begin with 1, and every command file is there."""

    def setUp(self):
        super().setUp()
        jobs = partial(site.EmbeddedJobs, read=lambda path, field: SCRIPT)
        patcher = mock.patch.object(site, "EmbeddedJobs", jobs)
        patcher.start()
        self.addCleanup(patcher.stop)
        with site.database().transaction() as connection:
            connection.execute(text("DELETE FROM sqlite_sequence WHERE name = 'jobs'"))
        self.at("2012-10-11 17:58:16 UTC")

    def submitted(self, **more):
        body = {**MINIMAL, **more}
        return self.made("jobs?api-version=2", body)["name"]


class TestSubmitting(JobExamples):
    def test_all_fields(self):
        response = self.post("vcs", {"description": "for jobs"})
        self.assertEqual(response.status_code, 201, response.text)
        container = response.json()["id"]
        body = {**EVERYTHING, "virtualContainers": [{"name": container}]}
        reply = self.example(
            "jobs-submit-all-fields",
            "POST",
            "jobs?api-version=2",
            body,
            show=MOAB,
        )
        self.assertEqual(reply, {"name": "Moab.1"})

    def test_one_field(self):
        reply = self.example(
            "jobs-submit", "POST", "jobs?api-version=2", MINIMAL, show=MOAB
        )
        self.assertEqual(reply, {"name": "Moab.1"})

    def test_version_1(self):
        body = {
            "commandFile": "/tmp/test.sh",
            "user": "adaptive",
            "group": "adaptive",
            "name": "mine",
            "requirements": [{"requiredProcessorCountMinimum": "4"}],
        }
        reply = self.example("jobs-submit-version-1", "POST", "jobs", body, show=MOAB)
        self.assertEqual(reply, {"id": "Moab.1"})
        self.example("jobs-show-version-1", "GET", "jobs/Moab.1")

    def test_on_nodes(self):
        nodes = [{"name": "node2"}, {"name": "node3"}]
        body = {**MINIMAL, "nodesRequested": nodes}
        self.example("jobs-submit-nodes", "POST", "jobs?api-version=2", body)

    def test_processors(self):
        body = {**MINIMAL, "requirements": [{"taskCount": 20}]}
        self.example("jobs-submit-processors", "POST", "jobs?api-version=2", body)

    def test_after_a_time(self):
        body = {
            **MINIMAL,
            "dates": {"earliestRequestedStartDate": "2012-10-11 18:36:35 UTC"},
            "requirements": [{"taskCount": 20}],
        }
        self.example("jobs-submit-later", "POST", "jobs?api-version=2", body)

    def test_as_msub(self):
        body = {
            "duration": 3600,
            "commandFile": "/home/adaptive/script2.pbs.cmd",
            "credentials": ADAPTIVE,
            "initialWorkingDirectory": "/home/adaptive",
            "requirements": [
                {
                    "resourcesPerTask": {"memory": {"dedicated": 100}},
                    "taskCount": 6,
                    "tasksPerNode": 2,
                }
            ],
        }
        self.example("jobs-submit-msub", "POST", "jobs?api-version=2", body)

    def test_restrictions(self):
        reply = self.example(
            "jobs-submit-wrong",
            "POST",
            "jobs?api-version=2",
            {
                **MINIMAL,
                "holds": ["System"],
                "variables": {"a=b": "c"},
                "virtualContainers": [{"name": "vc1"}, {"name": "vc2"}],
            },
            status=400,
        )
        self.assertEqual(len(reply["messages"]), 3)


class TestGetting(JobExamples):
    def test_a_list(self):
        for _ in range(4):
            self.submitted()
        reply = self.example(
            "jobs-list", "GET", "jobs?api-version=2&fields=name,flags&max=3", show=MOAB
        )
        self.assertEqual(
            reply["results"],
            [{"flags": ["GLOBALQUEUE"], "name": f"Moab.{n}"} for n in (1, 2, 3)],
        )

    def test_some_fields(self):
        # Guide 3.3.
        self.submitted()
        path = (
            "jobs?api-version=2"
            "&fields=name,flags,requirements.taskCount,dates.createdDate"
        )
        reply = self.example("jobs-fields", "GET", path)
        self.assertEqual(
            reply["results"],
            [
                {
                    "dates": {"createdDate": "2012-10-11 17:58:16 UTC"},
                    "flags": ["GLOBALQUEUE"],
                    "name": "Moab.1",
                    "requirements": [{"taskCount": 1}],
                }
            ],
        )

    def test_subsets(self):
        for user in ("fred", "amy"):
            self.submitted(credentials={"user": user})
        self.delete("jobs/Moab.2?api-version=2")
        for name, query, found in (
            ("jobs-query-active", '{"isActive":true}', ["Moab.1"]),
            ("jobs-query-completed", '{"isActive":false}', ["Moab.2"]),
            ("jobs-query-user", '{"credentials.user":"fred"}', ["Moab.1"]),
        ):
            path = f"jobs?api-version=2&fields=name&query={query}"
            reply = self.example(name, "GET", path)
            self.assertEqual([job["name"] for job in reply["results"]], found)

    def test_one(self):
        self.submitted()
        self.at("2012-10-11 17:58:47 UTC")
        reply = self.example("jobs-show", "GET", "jobs/Moab.1?api-version=2", show=MOAB)
        self.assertEqual(reply["durationQueued"], 31)


class TestModifying(JobExamples):
    def test_attributes(self):
        self.submitted()
        reply = self.example(
            "jobs-modify", "PUT", "jobs/Moab.1?api-version=2", CHANGE, show=MOAB
        )
        self.assertIn("Messages modified successfully", reply["messages"])
        self.assertIn("Variables modified successfully", reply["messages"])

    def test_what_a_job_wrote(self):
        name = self.submitted()
        path = f"jobs/{name}/log?api-version=2"
        self.example("jobs-log-none", "GET", path, status=404, show=MOAB)
        with site.database().writing() as connection:
            queue = site.queue(connection, "test")
            record = queue.claim("machine-1")
            queue.logs.add(record, 0, b"hello\n")
            queue.report(record, 1, "Finished", 0)
        transaction.commit()
        self.assertEqual(self.text_example("jobs-log", "GET", path), "hello\n")

    def test_actions(self):
        self.submitted()
        path = "jobs/Moab.1/{}?api-version=2"
        done = {"messages": ["Job modified successfully"]}
        holds = {"holds": ["User"]}
        reply = self.example("jobs-hold", "PUT", path.format("hold"), holds)
        self.assertEqual(reply, done)
        reply = self.example("jobs-unhold", "PUT", path.format("unhold"), holds)
        self.assertEqual(reply, done)
        reply = self.example("jobs-execute", "PUT", path.format("execute"))
        self.assertEqual(reply, done)
        for name, action, status in (
            ("jobs-suspend-refused", "suspend", 400),
            ("jobs-checkpoint-refused", "checkpoint", 405),
        ):
            acting = path.format(action)
            self.example(name, "PUT", acting, status=status, show=MOAB)
        with site.database().writing() as connection:
            site.queue(connection, "test").claim("machine-1")
        transaction.commit()
        for name, action, state in (
            ("jobs-suspend", "suspend", "Suspended"),
            ("jobs-resume", "resume", "Running"),
            ("jobs-requeue", "requeue", "Idle"),
        ):
            reply = self.example(name, "PUT", path.format(action))
            self.assertEqual(reply, done)
            shown = self.get("jobs/Moab.1?api-version=2&fields=states.state").json()
            self.assertEqual(shown, {"states": {"state": state}})
        reply = self.example("jobs-act-cancel", "PUT", path.format("cancel"))
        self.assertEqual(reply, done)

    def test_cancel(self):
        self.submitted()
        reply = self.example(
            "jobs-cancel",
            "DELETE",
            "jobs/Moab.1?api-version=2",
            show=(*MOAB, "X-MWS-Message"),
        )
        self.assertEqual(reply, {})


class TestArrays(JobExamples):
    def test_too_many(self):
        body = {**ARRAY, "indexRanges": [{"startIndex": 1, "endIndex": 100_000}]}
        path = "job-arrays?api-version=2"
        self.example("job-arrays-too-many", "POST", path, body, status=400)
        self.assertEqual(self.get("jobs").json()["totalCount"], 0)

    def test_an_array(self):
        reply = self.example(
            "job-arrays-submit", "POST", "job-arrays?api-version=2", ARRAY, show=MOAB
        )
        self.assertEqual(reply, {"name": "Moab.1"})
        fields = "&fields=name,customName,arrayIndex,arrayMasterName,flags"
        master = self.example(
            "job-arrays-master", "GET", f"jobs/Moab.1?api-version=2{fields}"
        )
        self.assertEqual(
            sorted(master["flags"]),
            [
                "ARRAYMASTER",
                "CANCELONANYSUCCESS",
                "CANCELONFIRSTFAILURE",
                "GLOBALQUEUE",
            ],
        )
        member = self.example(
            "job-arrays-member", "GET", f"jobs/Moab.1[21]?api-version=2{fields}"
        )
        self.assertEqual(
            (member["name"], member["arrayIndex"], member["arrayMasterName"]),
            ("Moab.1[21]", 21, "Moab.1"),
        )
