"""The calls of clients in use that have to do with jobs.

What they send, and what they look for in the replies, is from reading them.
"""

from collective.mwsvm.rest.wsgi import MwsAtTheRoot
from Products.SiteAccess.VirtualHostMonster import manage_addVirtualHostMonster
from tests.rest.documentation.clients import ClientTestCase
from tests.sites import ADMIN
from urllib.parse import quote_plus
from urllib.parse import urlsplit
import json
import re
import requests
import transaction


def between(text, before):
    """What a client finds that searches the text of a reply: up to the next quote."""
    return text.partition(before)[2].partition('"')[0]


class TestMantid(ClientTestCase):
    """Mantid's remote job manager: version 1, without a word about it."""

    body = {
        "commandFile": "/mantid/run.sh",
        "commandLineArguments": "--ipts 1234",
        "user": "amy",
        "group": "users",
        "name": "reduction",
        "variables": {"SUBMITTING_APP": "MANTID"},
        "requirements": [{"requiredProcessorCountMinimum": "1"}],
    }

    def submit(self, **more):
        # It indents what it sends, and does not say that it is JSON.
        body = json.dumps({**self.body, **more}, indent=3).encode()
        reply = self.sent("POST", "jobs", body, User_Agent="MANTID")
        self.assertEqual(reply.status, 201, reply.text)
        return between(reply.text, '"id":"')

    def state(self, job, **headers):
        reply = self.sent("GET", f"jobs/{job}", **headers)
        self.assertEqual(reply.status, 200, reply.text)
        return between(reply.text, '"state":"')

    def test_the_id_is_found_in_the_text(self):
        self.example("clients-mantid-submit", "POST", "jobs", self.body)
        self.assertIn('"id":', self.response.text)
        self.assertEqual(self.submit(), "Moab.2")

    def test_numbers_are_texts(self):
        job = self.submit(requirements=[{"requiredProcessorCountMinimum": "4"}])
        (requirement,) = self.get(f"jobs/{job}").json()["requirements"]
        self.assertEqual(requirement["requiredProcessorCountMinimum"], 4)

    def test_the_state_is_found_in_the_text(self):
        job = self.submit()
        self.assertEqual(self.state(job), "IDLE")
        record = self.started()
        self.assertEqual(record.name, job)
        self.assertEqual(self.state(job), "RUNNING")
        self.put(f"jobs/{job}/requeue")
        self.put(f"jobs/{job}/hold", {"holds": ["Defer"]})
        self.assertEqual(self.state(job), "DEFERRED")
        self.put(f"jobs/{job}/unhold")
        self.assertEqual(self.run_next(), "done\n")
        self.assertEqual(self.state(job), "COMPLETED")
        other = self.submit()
        self.delete(f"jobs/{other}")
        self.assertEqual(self.state(other), "REMOVED")

    def test_the_fields_of_the_list(self):
        job = self.submit()
        reply = self.sent("GET", "jobs")
        (found,) = reply.json()["results"]
        self.assertEqual((found["id"], found["name"]), (job, "reduction"))
        self.assertEqual(found["expectedState"], "IDLE")
        self.assertEqual(found["variables"], {"SUBMITTING_APP": "MANTID"})
        # A date, a time and the abbreviation of a zone.
        moment = re.fullmatch(
            r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ([A-Z]{3,4})", found["submitDate"]
        )
        self.assertEqual(moment.groups(), ("2013-05-23", "17:32:02", "UTC"))

    def test_a_session_is_not_needed_and_does_no_harm(self):
        job = self.submit()
        first = self.sent("GET", f"jobs/{job}")
        self.assertIsNone(first.headers["Set-Cookie"])
        for cookie in (None, "JSESSIONID=0123", "__ac=nonsense", "a=" + "b" * 4000):
            self.assertEqual(self.state(job, Cookie=cookie), "IDLE")
        alone = self.sent(
            "GET", f"jobs/{job}", Authorization=None, Cookie="JSESSIONID=0123"
        )
        self.assertEqual(alone.status, 401)


class TestFrontEnd(ClientTestCase):
    """ORNL's MWS-Front-End: a proxy in PHP, which passes on what it gets."""

    def submit(self, user):
        body = {"commandFile": "/home/run.sh", "user": user, "group": "users"}
        # PHP's curl asks before it sends long bodies, and calls them forms.
        reply = self.sent(
            "POST",
            "jobs",
            json.dumps({**body, "environmentVariables": {"X": "x" * 2000}}).encode(),
            Accept="*/*",
            Content_Type="application/x-www-form-urlencoded",
            Expect="100-continue",
        )
        self.assertIn(reply.status, (201, 202), reply.text)
        return reply.json()["id"]

    def test_a_list_is_cut_down_to_one_user(self):
        jobs = [self.submit(user) for user in ("amy", "fred", "amy")]
        reply = self.sent("GET", "jobs", Accept="*/*").json()
        own = [job["id"] for job in reply["results"] if job["user"] == "amy"]
        self.assertEqual(own, [jobs[0], jobs[2]])
        self.assertEqual((reply["totalCount"], reply["resultCount"]), (3, 3))

    def test_the_query_string_is_passed_on(self):
        for user in ("amy", "fred", "amy"):
            self.submit(user)
        for query, found in (
            ("", ["Moab.1", "Moab.2", "Moab.3"]),
            ("max=1&offset=1", ["Moab.2"]),
            ("fields=id,user", ["Moab.1", "Moab.2", "Moab.3"]),
            ("pretty=true&max=2", ["Moab.1", "Moab.2"]),
            # What the pages in front add means nothing here.
            ("_dc=1369330322&page=1&start=0&limit=25", ["Moab.1", "Moab.2", "Moab.3"]),
        ):
            reply = self.sent("GET", f"jobs?{query}").json()
            self.assertEqual([job["id"] for job in reply["results"]], found, query)
            self.assertEqual(
                (reply["totalCount"], reply["resultCount"]), (3, len(found))
            )

    def test_queries_are_in_the_words_of_version_1(self):
        for user in ("amy", "fred", "amy"):
            self.submit(user)
        self.delete("jobs/Moab.3")
        for query, found in (
            ('query={"user":"amy"}', ["Moab.1", "Moab.3"]),
            ('query={user:"amy",state:{$ne:"REMOVED"}}', ["Moab.1"]),
            ('query={"id":{$in:["Moab.2"]}}', ["Moab.2"]),
            ('query={"submitDate":{$gt:"2013-05-23 17:32:02 UTC"}}', []),
            ('query={"submitDate":"2013-05-23 11:32:02 MDT"}&max=1', ["Moab.1"]),
            ('sort={"user":-1,"id":-1}', ["Moab.2", "Moab.3", "Moab.1"]),
            ('query={"credentials.user":"fred"}', ["Moab.2"]),
        ):
            reply = self.call("GET", f"jobs?{query}").json()
            self.assertEqual([job["id"] for job in reply["results"]], found, query)
        path = 'jobs?query={"user":"amy","state":"IDLE"}&fields=id,user,state'
        self.example("clients-version-1-query", "GET", path)
        for query in ("query=[]", "query={user", "query={user:1e999}", "sort={user:7}"):
            self.assertEqual(self.call("GET", f"jobs?{query}").status_code, 400, query)
        large = self.call("GET", "jobs?query={userPriority:123456789012345678901234}")
        self.assertIn(large.status_code, (200, 400))

    def test_refusals_are_passed_on(self):
        job = self.submit("amy")
        wrong = self.sent("GET", f"jobs/{job}", Authorization="Basic YWRtaW46d3Jvbmc=")
        self.assertEqual(wrong.status, 401)
        self.assertEqual(
            wrong.json(),
            {"messages": ["You must be authenticated to access this area"]},
        )
        missing = self.sent("GET", "jobs/Moab.77")
        self.assertEqual(missing.status, 404)
        self.assertEqual(
            missing.json(),
            {"messages": ["The resource with id 'Moab.77' was not found"]},
        )
        refused = self.sent("POST", "jobs", b'{"user": "amy"}')
        self.assertEqual(refused.status, 400)
        self.assertIn("commandFile", refused.json()["messages"][0])
        self.assertTrue(refused.headers["Content-Type"].startswith("application/json"))


class TestJobService(ClientTestCase):
    """The Django service of ORNL's SNS, which submits to a cluster far away."""

    def body(self, folder, **more):
        return {
            "commandFile": "/bin/bash",
            "commandLineArguments": "/remote/run.sh 17",
            "user": "amy",
            "group": "users",
            "name": "fermi",
            "requirements": [{"requiredProcessorCountMinimum": 1}],
            "variables": {"JOB_TYPE": "reduction"},
            "standardErrorFilePath": str(folder),
            "standardOutputFilePath": str(folder),
            **more,
        }

    def submit(self, **more):
        body = json.dumps(self.body(self.folder, **more)).encode()
        reply = self.sent("POST", "jobs", body, Content_Type="application/json")
        self.assertEqual(reply.status, 201, reply.text)
        return reply.json()["id"]

    def test_a_program_runs_a_script_and_writes_to_a_directory(self):
        script = self.folder / "run.sh"
        script.write_text('echo "run $1 $JOB_TYPE"\necho oh >&2\n')
        job = self.submit(commandLineArguments=f"{script} 17")
        self.assertEqual(self.run_next(), "")
        written = {path.name: path.read_text() for path in self.folder.iterdir()}
        del written["run.sh"]
        self.assertEqual(
            written, {f"{job}.out": "run 17 reduction\n", f"{job}.err": "oh\n"}
        )
        shown = self.sent("GET", f"jobs/{job}").json()
        self.assertEqual((shown["state"], shown["completionCode"]), ("COMPLETED", 0))

    def test_a_program_that_fails(self):
        job = self.submit(commandLineArguments="-c 'exit 3'")
        self.run_next()
        shown = self.sent("GET", f"jobs/{job}").json()
        self.assertEqual((shown["state"], shown["completionCode"]), ("COMPLETED", 3))

    def test_the_directory_is_kept_as_it_was_sent(self):
        body = self.body("/remote/amy")
        self.example("clients-service-submit", "POST", "jobs", body)
        shown = self.get("jobs/Moab.1").json()
        self.assertEqual(shown["standardOutputFilePath"], "/remote/amy")
        self.assertEqual(shown["standardErrorFilePath"], "/remote/amy")

    def test_what_it_reads_of_jobs(self):
        job = self.submit()
        expected = {"id": job, "name": "fermi", "user": "amy", "state": "IDLE"}
        (listed,) = self.sent("GET", "jobs").json()["results"]
        single = self.sent("GET", f"jobs/{job}").json()
        for found in (listed, single):
            self.assertEqual({key: found[key] for key in expected}, expected)
        # It lists many, and wants little of each.
        self.assertLess(len(listed), len(single))

    def test_variables_stay(self):
        job = self.submit()
        self.started()
        self.clock.forward(3600)
        shown = self.sent("GET", f"jobs/{job}").json()
        self.assertEqual(shown["variables"], {"JOB_TYPE": "reduction"})

    def test_a_cancellation_is_answered_in_json(self):
        job = self.submit()
        done = self.sent("DELETE", f"jobs/{job}")
        self.assertEqual((done.status, done.text), (200, "{}"))
        self.assertEqual(self.sent("GET", f"jobs/{job}").json()["state"], "REMOVED")
        self.example("clients-service-cancel", "DELETE", f"jobs/{job}", status=400)
        self.assertTrue(self.response.json()["messages"])
        missing = self.sent("DELETE", "jobs/Moab.77")
        self.assertEqual(missing.status, 404)
        self.assertIn("Moab.77", missing.json()["messages"][0])


class TestViewpoint(ClientTestCase):
    """Adaptive's examples for Viewpoint in PHP: whose job is it?"""

    def test_the_user_of_a_job(self):
        body = {"commandFile": "/home/run.sh", "user": "amy"}
        job = self.made("jobs", body)["id"]
        reply = self.sent("GET", f"jobs/{job}", Accept="*/*")
        self.assertEqual((reply.status, reply.json()["user"]), (200, "amy"))
        for sent in ("Basic YWRtaW46d3Jvbmc=", "Basic !", None):
            reply = self.sent("GET", f"jobs/{job}", Accept="*/*", Authorization=sent)
            self.assertEqual(reply.status, 401, sent)
            self.assertIn("Basic", reply.headers["WWW-Authenticate"])


class TestWorkflowEngine(ClientTestCase):
    """The workflow engine of the Allen Institute: Python with requests, version 3.

    It mixes the words of both versions, and quotes the keys of queries but not the
    operators.
    """

    job = {
        "commandFile": "/shared/task.pbs",
        "customName": "task_17",
        "durationRequested": 3600,
        "epilog": "/shared/epilog.sh",
        "group": "users",
        "requirements": [
            {"requiredProcessorCountMinimum": 1, "tasksPerNode": 1, "taskCount": 1}
        ],
        "user": "amy",
    }

    def setUp(self):
        super().setUp()
        self.configure("mws.api.newerVersions = true\n")

    def submit(self, **more):
        url = f"{self.base}/jobs?api-version=3"
        reply = requests.post(
            url, data=json.dumps({**self.job, **more}), auth=ADMIN, timeout=30
        )
        self.assertEqual(reply.status_code, 201, reply.text)
        return reply.json()["name"]

    def find(self, query):
        url = f"{self.base}/jobs?query={quote_plus(query)}&api-version=3"
        reply = requests.get(url, auth=ADMIN, timeout=30)
        self.assertEqual(reply.status_code, 200, reply.text)
        return reply.json()["results"]

    def test_a_job_in_the_words_of_both_versions(self):
        excluded = [{"name": "n013"}]
        name = self.submit(nodesExcluded=excluded)
        shown = self.get(f"jobs/{name}?api-version=3").json()
        self.assertEqual(shown["customName"], "task_17")
        self.assertEqual(shown["duration"], 3600)
        credentials = shown["credentials"]
        self.assertEqual((credentials["user"], credentials["group"]), ("amy", "users"))
        self.assertEqual(shown["nodesExcluded"], excluded)
        self.assertEqual(shown["requirements"][0]["taskCount"], 1)
        self.assertNotIn("epilog", shown)
        self.example("clients-workflow-submit", "POST", "jobs?api-version=3", self.job)

    def test_queries(self):
        first, second = self.submit(), self.submit(customName="other", user="fred")
        for query, found in (
            ('{"credentials.user":"amy"}', [first]),
            (f'{{"name": {{ $in: ["{second}"]}} }}', [second]),
            (f'{{"name": {{ $in: ["{first}","{second}"]}} }}', [first, second]),
            ('{"customName": { $in: ["task_17", "task_18"]} }', [first]),
            ('{"customName": { $in: []} }', []),
        ):
            names = [job["name"] for job in self.find(query)]
            self.assertEqual(names, found, query)
        path = (
            'jobs?query={"name": { $in: ["Moab.1"]} }&api-version=3'
            "&fields=name,customName,states.state,isActive,credentials.user,completionCode"
        )
        self.example("clients-workflow-query", "GET", path)

    def test_what_it_reads_of_jobs(self):
        name = self.submit()
        query = f'{{"name": {{ $in: ["{name}"]}} }}'

        def seen():
            (job,) = self.find(query)
            self.assertEqual(job["credentials"]["user"], "amy")
            return job["states"]["state"], job["isActive"], job["completionCode"]

        self.assertEqual(seen(), ("Idle", True, None))
        # Whoever names tasks per node waits for the scheduler, which is not at work here.
        self.put(f"jobs/{name}/execute?api-version=3")
        self.started()
        self.assertEqual(seen(), ("Running", True, None))
        self.put(f"jobs/{name}/requeue?api-version=3")
        self.run_next()
        self.assertEqual(seen(), ("Completed", False, 0))

    def test_arrays(self):
        array = {"name": "sweep", "indexValues": [1, 2], "jobPrototype": self.job}
        path = "job-arrays?api-version=3"
        made = self.example("clients-workflow-array", "POST", path, array)
        names = [job["name"] for job in self.find('{"customName": "sweep"}')]
        self.assertEqual(names, ["Moab.1", "Moab.1[1]", "Moab.1[2]"])
        member = self.get(f"jobs/{made['name']}[2]?api-version=3").json()
        self.assertEqual(member["credentials"]["user"], "amy")
        self.assertEqual(member["duration"], 3600)

    def test_a_cancellation(self):
        name = self.submit()
        url = f"{self.base}/jobs/{name}?api-version=3"
        reply = requests.delete(url, auth=ADMIN, timeout=30)
        self.assertEqual((reply.status_code, reply.json()), (200, {}))

    def test_other_words_are_no_versions(self):
        for version in ("0", "", "two", "3.0", "-3", "+3", "99999"):
            reply = self.get("jobs", params={"api-version": version})
            self.assert_refused(reply, 400, f"api-version: '{version}' is not")

    def test_the_version_is_refused_where_it_is_not_allowed(self):
        self.configure("")
        reply = self.get("jobs?api-version=3")
        self.assert_refused(
            reply,
            400,
            "api-version: '3' is not supported",
            "Valid versions are 1, 2 and latest",
        )


class TestGateway(ClientTestCase):
    """A gateway of Indiana University: its base URLs are at the root, with a slash."""

    def base_at(self, host):
        # What Zope is asked for when the filter stands before it.
        manage_addVirtualHostMonster(self.layer["app"], "virtual_hosting")
        transaction.commit()
        found = []
        at_the_root = MwsAtTheRoot(
            lambda environ, start: found.append(environ), "plone"
        )
        path = {"PATH_INFO": "/mws/rest/", "HTTP_HOST": host}
        at_the_root({**path, "wsgi.url_scheme": "http"}, None)
        server = urlsplit(self.base)
        return f"{server.scheme}://{server.netloc}{found[0]['PATH_INFO']}"

    def test_the_base_url_ends_with_a_slash(self):
        base = self.base_at("gateway.example.org:8081")
        body = b'{"commandFile": "/home/run.sh"}'
        sent = {"Content_Type": "application/json", "Accept": "application/json"}
        made = self.sent("POST", "jobs", body, url=base, **sent)
        self.assertEqual(
            made.headers["Location"],
            "http://gateway.example.org:8081/mws/rest/jobs/Moab.1",
        )
        # With the slash of the base, and without it.
        for url in (base, base.rstrip("/")):
            reply = self.sent("GET", "jobs/Moab.1", url=url, **sent)
            self.assertEqual((reply.status, reply.json()["id"]), (200, "Moab.1"))
