"""Hooks: the files of the hooks folder around the operations of the API."""

from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.rest import hook_files
from collective.mwsvm.rest import hooks
from collective.mwsvm.rest.answers import Answer
from collective.mwsvm.rest.answers import PROBLEM
from collective.mwsvm.rest.answers import refusal
from collective.mwsvm.rest.hook_call import HookCall
from collective.mwsvm.rest.hook_call import HookRequest
from collective.mwsvm.rest.hook_call import HookResponse
from collective.mwsvm.rest.hook_files import HookError
from collective.mwsvm.rest.hook_files import HookFolder
from collective.mwsvm.rest.hooks import Hooks
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
import os
import pytest
import re
import textwrap
import time


DOCS = Path(__file__).parent.parent.parent / "docs" / "how-to" / "hooks.md"

REQUEST = HookRequest(
    "GET",
    "/mws/rest/jobs",
    {"User-Agent": "curl", "X-A": "b"},
    remote_user="amy",
    remote_address="10.0.0.1",
    proxy_user="ted",
    base="https://example.org/mws",
)


class Site:
    """A hooks folder and calls that go through it."""

    def __init__(self, path):
        self.path = path
        self.folder = HookFolder(path)
        self.hooks = Hooks(self.folder)

    def write(self, name, text):
        self.path.mkdir(exist_ok=True)
        (self.path / name).write_text(textwrap.dedent(text))

    def before(self, kind="List", resource="jobs", call=None):
        return self.hooks.before(resource, kind, call or HookCall(REQUEST))

    def after(self, kind="Show", resource="jobs", call=None, answer=None):
        if answer is None:
            answer = Answer(body={"id": 1})
        return self.hooks.after(resource, kind, call or HookCall(REQUEST), answer)

    def call(self, kind="Show", resource="jobs", call=None, answer=None):
        call = call or HookCall(REQUEST)
        stopped = self.hooks.before(resource, kind, call)
        return stopped or self.after(kind, resource, call, answer)


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path / "hooks")


@pytest.fixture
def settled(monkeypatch):
    """All changes are long ago, as far as the folder can tell."""
    monkeypatch.setattr(hook_files, "_TICK", -(10**18))


def failure(sentence):
    return {"messages": [PROBLEM, sentence]}


def broken(run):
    """The answer to a call whose hook is wrong."""
    with pytest.raises(HookError) as caught:
        run()
    answer = refusal(caught.value)
    assert answer.status == 500
    return answer.body


def tracebacks(caplog):
    return [record for record in caplog.records if record.exc_info]


# -- finding hooks


def test_without_a_folder_calls_go_through(site):
    answer = Answer(body={"id": 1})
    assert site.before() is None
    assert site.after(answer=answer) is answer


def test_an_empty_folder_changes_nothing(site):
    site.path.mkdir()
    answer = Answer(body={"id": 1})
    assert site.call(answer=answer) is answer


def test_without_hooks_a_call_costs_one_look_at_the_folder(site, settled, monkeypatch):
    site.folder.ensure()
    site.call()
    looks = []
    stat = os.stat
    monkeypatch.setattr(os, "stat", lambda path: looks.append(path) or stat(path))
    monkeypatch.setattr(os, "listdir", None)
    site.call()
    assert looks == [str(site.path)]


def test_hooks_are_looked_up_once_for_before_and_after(site, settled):
    site.write("jobs.py", "def afterShow(o): return {'old': True}")
    call = HookCall(REQUEST)
    site.before("Show", call=call)
    site.write("jobs.py", "def afterShow(o): return {'newer': True}")
    assert site.after("Show", call=call).body == {"old": True}


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("jobs", "jobs.py"),
        ("pending-actions", "pending-actions.py"),
        ("reports/datapoints", "reports.datapoints.py"),
        ("permissions/users", "permissions.users.py"),
        ("anything", "all.py"),
    ],
)
def test_the_file_is_named_by_the_resource(site, resource, name):
    site.write(name, "def beforeList(): renderMessages(controllerName, 403)")
    assert site.before(resource=resource).body == {"messages": [resource]}
    if name != "all.py":
        assert site.before(resource="nodes") is None


@pytest.mark.parametrize("resource", ["../jobs", "/jobs", "..", "", "\0"])
def test_no_resource_leads_out_of_the_folder(site, resource):
    site.write("../jobs.py", "def beforeList(): return False")
    assert site.before(resource=resource) is None


@pytest.mark.parametrize("kind", ["List", "Show", "Save", "Update", "Delete"])
@pytest.mark.parametrize("name", ["{}{}", "{}_{}"])
def test_every_kind_has_hooks_with_both_spellings(site, kind, name):
    end = kind if "_" not in name else kind.lower()
    site.write(
        "jobs.py",
        f"""
        def {name.format("before", end)}(): session["kind"] = str(actionName)
        def {name.format("after", end)}(o): return {{"kind": session["kind"]}}
        """,
    )
    assert site.call(kind).body == {"kind": kind.lower()}
    other = "Show" if kind != "Show" else "List"
    assert site.call(other).body == {"id": 1}


def test_the_spelling_of_the_guide_goes_first(site):
    site.write(
        "jobs.py",
        """
        def after_show(o): return {"by": "after_show"}
        def afterShow(o): return {"by": "afterShow"}
        """,
    )
    assert site.after().body == {"by": "afterShow"}


def test_order(site):
    trace = """
        def beforeShow():
            session.setdefault("trace", []).append("before %s")
        def afterShow(o):
            return {"trace": o.get("trace", session["trace"]) + ["after %s"]}
        """
    site.write("all.py", trace % ("all", "all"))
    site.write("jobs.py", trace % ("jobs", "jobs"))
    assert site.call().body == {
        "trace": ["before all", "before jobs", "after jobs", "after all"]
    }


# -- reloading


def test_a_changed_file_is_loaded_anew(site):
    # At once, and of the same size: the time stamps may be the same.
    for code in (401, 402, 403, 404):
        site.write("jobs.py", f"def beforeList(): renderMessages('no', {code})")
        assert site.before().status == code


def test_a_changed_file_is_seen_by_its_time_or_size(site, settled):
    site.write("jobs.py", "def beforeList(): renderMessages('no', 401)")
    assert site.before().status == 401
    site.write("jobs.py", "def beforeList(): renderMessages('not at all', 402)")
    assert site.before().status == 402
    site.write("jobs.py", "def beforeList(): renderMessages('not at all', 403)")
    os.utime(site.path / "jobs.py", ns=(1, 1))
    assert site.before().status == 403


def test_a_new_file_is_found_and_a_deleted_one_forgotten(site):
    site.path.mkdir()
    assert site.before() is None
    site.write("jobs.py", "def beforeList(): renderMessages('no', 403)")
    assert site.before().status == 403
    (site.path / "jobs.py").unlink()
    assert site.before() is None
    site.path.joinpath("all.py").symlink_to("nowhere")
    assert site.before() is None


def test_a_folder_may_come_and_go(site):
    assert site.before() is None
    site.write("jobs.py", "def beforeList(): renderMessages('no', 403)")
    assert site.before().status == 403
    (site.path / "jobs.py").unlink()
    site.path.rmdir()
    assert site.before() is None


def test_a_file_is_loaded_once_as_long_as_it_is_the_same(site):
    site.write(
        "jobs.py",
        """
        calls = []
        def afterShow(o):
            calls.append(1)
            return {"calls": len(calls)}
        """,
    )
    assert site.after().body == {"calls": 1}
    assert site.after().body == {"calls": 2}
    (site.path / "jobs.py").touch()
    assert site.after().body == {"calls": 3}


def test_a_settled_file_is_not_read_again(site, settled, monkeypatch):
    site.write("jobs.py", "def beforeList(): renderMessages('no', 403)")
    assert site.before().status == 403
    monkeypatch.setattr(Path, "read_bytes", None)
    assert site.before().status == 403


def test_many_threads_load_a_file_once(site):
    site.write(
        "jobs.py",
        """
        from itertools import count
        import time
        time.sleep(0.05)
        loaded = count()
        def afterShow(o):
            return {"call": next(loaded)}
        """,
    )
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: site.after(), range(8)))
    assert sorted(answer.body["call"] for answer in answers) == list(range(8))


# -- before hooks


@pytest.mark.parametrize(
    ("body", "goes_on"),
    [
        ("return True", True),
        ("return 1", True),
        ("pass", True),
        ("return None", True),
        ("renderMessages('no', 403); return True", True),
        ("renderMessages('no', 403); return False", False),
        ("renderMessages('no', 403); return 0", False),
        ("renderMessages('no', 403)", False),
        ("return renderMessages('no', 403)", False),
    ],
)
def test_what_a_before_hook_returns_decides(site, body, goes_on):
    site.write("jobs.py", f"def beforeList(): {body}")
    answer = site.before()
    if goes_on:
        assert answer is None
    else:
        assert answer == Answer(403, {"messages": ["no"]})


def test_to_stop_without_an_answer_is_an_error(site, caplog):
    site.write("jobs.py", "def beforeSave(): return False")
    assert broken(lambda: site.before("Save")) == failure(
        "The hook beforeSave of jobs.py stopped the call without an answer"
    )
    assert "beforeSave of jobs.py" in caplog.text


def test_what_one_hook_rendered_and_dropped_is_not_the_next_one_s(site):
    site.write("all.py", "def beforeList(): renderMessages('no', 403); return True")
    site.write("jobs.py", "def beforeList(): return False")
    assert "jobs.py" in broken(site.before)["messages"][1]


def test_the_common_hook_can_stop_the_resource_s_hook(site):
    site.write("all.py", "def beforeList(): renderMessages('closed', 503)")
    site.write("jobs.py", "def beforeList(): raise SystemExit('must not run')")
    assert site.before() == Answer(503, {"messages": ["closed"]})


# -- rendering


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("renderMessages('a')", Answer(400, {"messages": ["a"]})),
        ("renderMessages(['a', 'b'], 405)", Answer(405, {"messages": ["a", "b"]})),
        ("renderMessages(actionName, code=403)", Answer(403, {"messages": ["list"]})),
        ("renderObject({'a': None})", Answer(200, {"a": None})),
        ("renderObject({'a': actionName})", Answer(200, {"a": "list"})),
        ("renderObject(params, code=201)", Answer(201, {"max": "3"})),
        (
            "renderList([1, 'a'])",
            Answer(200, {"totalCount": 2, "resultCount": 2, "results": [1, "a"]}),
        ),
        (
            "renderList((), code=202)",
            Answer(202, {"totalCount": 0, "resultCount": 0, "results": []}),
        ),
        (
            "render('Grüß Gott')",
            Answer(
                200,
                "Grüß Gott".encode(),
                {"Content-Type": "text/plain;charset=utf-8"},
            ),
        ),
        (
            "render(text='<a/>', contentType='text/xml', status=404)",
            Answer(404, b"<a/>", {"Content-Type": "text/xml"}),
        ),
        (
            "redirect(uri='/rest/nodes')",
            Answer(302, None, {"Location": "https://example.org/mws/rest/nodes"}),
        ),
        (
            "redirect(url='https://example.com/')",
            Answer(302, None, {"Location": "https://example.com/"}),
        ),
    ],
)
def test_rendering(site, call, answer):
    site.write("jobs.py", f"def beforeList():\n    {call}\n    return False")
    assert site.before(call=HookCall(REQUEST, {"max": "3"})) == answer


def test_a_rendered_answer_has_the_status_and_headers_of_the_response(site):
    site.write(
        "jobs.py",
        """
        def beforeList():
            response.status = 403
            response.setHeader("X-Hook", "yes")
            response.headers["content-type"] = "text/html"
            response.headers["x-gone"] = "x"
            del response.headers["X-Gone"]
            render("no")
        """,
    )
    assert site.before() == Answer(
        403, b"no", {"X-Hook": "yes", "Content-Type": "text/plain;charset=utf-8"}
    )


@pytest.mark.parametrize(
    "wrong",
    [
        "renderMessages(5)",
        "renderMessages([5])",
        "renderMessages('a', 99)",
        "renderMessages('a', True)",
        "renderMessages('a', '405')",
        "renderObject([1])",
        "renderObject({1: 2})",
        "renderObject({'a': {1, 2}})",
        "renderObject({'a': 2 ** 70})",
        "renderObject({'a': '\\ud800'})",
        "renderList('abc')",
        "renderList({'a': 1})",
        "renderList([object()])",
        "render({'a': 1})",
        "render('a', contentType='a\\r\\nSet-Cookie: b')",
        "redirect()",
        "redirect(uri='/a', url='/b')",
        "redirect(url='/\\r\\nSet-Cookie: b')",
        "response.setHeader('a b', 'c')",
        "response.headers['a'] = 'ü'",
        "response.status = 1000",
        "response.stauts = 404",
        "request.method = 'GET'",
        "request.headers['a'] = 'b'",
        "params['x'] = 5",
        "params['x']",
        "del params['x']",
        "isSuccess(1)",
        "1 / 0",
        "raise SystemExit",
        "raise KeyboardInterrupt",
        "raise GeneratorExit",
        "raise BaseException",
    ],
)
def test_a_hook_that_fails_gives_no_details_away(site, wrong, caplog):
    site.write("jobs.py", f"def beforeSave():\n    {wrong}\n    return True")
    assert broken(lambda: site.before("Save")) == failure(
        "The hook beforeSave of jobs.py failed"
    )
    assert len(tracebacks(caplog)) == 1
    assert "jobs.py" in caplog.text


@pytest.mark.parametrize(
    "hook",
    [
        "async def beforeSave(): return False",
        "def beforeSave(): yield False",
        "beforeSave = True",
        "def beforeSave(o): return True",
        "def beforeSave(): params['body']['a'] = object()",
    ],
)
def test_a_hook_that_can_not_be_one(site, hook, caplog):
    site.write("jobs.py", hook)
    call = HookCall(REQUEST, body={})
    assert broken(lambda: site.before("Save", call=call)) == failure(
        "The hook beforeSave of jobs.py failed"
    )
    assert len(tracebacks(caplog)) == 1


# -- what hooks see


def test_params_of_a_call_with_a_body(site):
    site.write(
        "jobs.py",
        """
        def beforeSave():
            assert params["pretty"] == "true"
            assert params["name"] == "of the body"
            assert params["body"] == {"name": "of the body", "size": 1}
            assert dict(params) == {
                "pretty": "true", "name": "of the body", "size": 1,
                "body": {"name": "of the body", "size": 1},
            }
            assert len(params) == 4 and "size" in params and "x" not in params
            assert params.get("x") is None
            assert repr(params) == repr(dict(params))
            params["size"] = 2
            params["pretty"] = "false"
            params["dry-run"] = "yes"
            params["body"]["new"] = {"by": "hook"}
            del params["name"]
            assert "name" not in params
            assert params.pop("new") == {"by": "hook"}
            params["body"]["newer"] = None
        """,
    )
    call = HookCall(
        REQUEST,
        {"pretty": "true", "name": "of the URL"},
        {"name": "of the body", "size": 1},
    )
    assert site.before("Save", call=call) is None
    assert call.url_parameters == {"pretty": "false", "dry-run": "yes"}
    assert call.body == {"size": 2, "newer": None}


def test_params_of_calls_with_other_bodies(site):
    site.write(
        "jobs.py",
        """
        def beforeSave():
            params["body"].append({"a": 2})
            assert dict(params) == {"body": [{"a": 1}, {"a": 2}]}
        def beforeUpdate():
            assert "body" not in params and not params
            params["body"] = {"made": (1, 2)}
            params["made"] = 3
        def beforeDelete():
            del params["body"]
        """,
    )
    call = HookCall(REQUEST, body=[{"a": 1}])
    site.before("Save", call=call)
    assert call.body == [{"a": 1}, {"a": 2}]
    call = HookCall(REQUEST)
    site.before("Update", call=call)
    assert call.body == {"made": 3}
    site.before("Delete", call=call)
    assert call.body is None
    call = HookCall(REQUEST, body=b"<event/>")
    site.write("jobs.py", "def beforeSave(): assert params['body'] == b'<event/>'")
    site.before("Save", call=call)
    assert call.body == b"<event/>"


def test_the_operation_s_body_is_not_the_hook_s(site):
    site.write(
        "jobs.py",
        """
        kept = {"a": 1}
        def beforeSave():
            params["body"] = kept
        """,
    )
    for _ in range(2):
        call = HookCall(REQUEST, body={})
        site.before("Save", call=call)
        assert call.body == {"a": 1}
        call.body["a"] = 2


def test_request_names_and_strings(site):
    site.write(
        "jobs.py",
        """
        import json
        def beforeList():
            assert request.method == "GET" and request.path == "/mws/rest/jobs"
            assert request.headers["user-agent"] == "curl"
            assert request.headers.get("x-b") is None
            assert dict(request.headers) == {"User-Agent": "curl", "X-A": "b"}
            assert request.remote_user == "amy" and request.proxy_user == "ted"
            assert request.remote_address == "10.0.0.1"
            assert isinstance(actionName, str) and actionName != "show"
            assert actionName in ("list", "show") and "is" in actionName
            assert {"list": 1}[actionName] == 1
            assert f"{actionName}-{controllerName:>5}" == "list- jobs"
            assert actionName + "x" == "listx" and "x" + actionName == "xlist"
            assert actionName.upper() == "LIST" and len(actionName) == 4
            assert json.dumps(dict(params)) == '{"a": "b"}'
            assert session == {} and not session
            assert session | {"a": 1} == {"a": 1} | session
        """,
    )
    call = HookCall(REQUEST, {"a": "b"})
    assert site.before(call=call) is None
    assert (call.user, call.proxy_user) == ("amy", "ted")


def test_session_and_flash_live_for_one_call(site):
    site.write(
        "jobs.py",
        """
        def beforeShow():
            session["n"] = session.get("n", 0) + 1
            flash["n"] = session["n"]
        def afterShow(o):
            return {"session": session, "flash": flash}
        """,
    )
    for _ in range(2):
        assert site.call().body == {"session": {"n": 1}, "flash": {"n": 1}}


def test_log(site, caplog):
    caplog.set_level("INFO")
    site.write("reports.samples.py", "def beforeList(): log.info('by %s', actionName)")
    site.before(resource="reports/samples")
    (record,) = caplog.records
    assert record.name == "collective.mwsvm.hooks.reports.samples"
    assert record.message == "by list"


def test_outside_of_a_hook_there_is_no_call(site, caplog):
    site.write("jobs.py", "params['x']")
    broken(site.before)
    assert "There is no call here" in caplog.text


def test_a_hook_s_own_names_and_imports(site):
    site.write(
        "jobs.py",
        """
        from pathlib import Path
        def helper(o):
            return {**o, "file": Path(__file__).name, "kind": str(actionName)}
        def afterShow(o):
            return helper(o)
        """,
    )
    assert site.after().body == {"id": 1, "file": "jobs.py", "kind": "show"}


def test_threads_see_their_own_call(site):
    threads = 8
    site.write(
        "jobs.py",
        """
        def beforeShow():
            session["me"] = params["me"]
            barrier[0].wait(10)
            response.setHeader("X-Me", params["me"])
        def afterShow(o):
            barrier[0].wait(10)
            assert o["id"] == session["me"] == params["me"] == request.remote_user
            return {"me": request.remote_user}
        barrier = []
        """,
    )
    (file,) = site.folder.files("jobs", hooks.NAMES)
    file.members["barrier"].append(Barrier(threads))

    def run(me):
        request = HookRequest("GET", "/", remote_user=me)
        call = HookCall(request, {"me": me})
        return site.call(call=call, answer=Answer(body={"id": me}))

    with ThreadPoolExecutor(threads) as pool:
        for _ in range(5):
            answers = list(pool.map(run, map(str, range(threads))))
            assert answers == [
                Answer(200, {"me": str(me)}, {"X-Me": str(me)}) for me in range(threads)
            ]


# -- after hooks


def test_a_changed_object_is_answered(site):
    site.write("jobs.py", "def afterShow(o):\n    o['x'] = 1\n    return o")
    answer = Answer(201, {"id": 1}, {"Location": "/1"})
    assert site.after(answer=answer) == Answer(
        201, {"id": 1, "x": 1}, {"Location": "/1"}
    )
    assert answer.body == {"id": 1}


@pytest.mark.parametrize("end", ["pass", "return None", "return False"])
def test_a_change_that_is_not_returned_is_lost(site, end):
    site.write("jobs.py", f"def afterShow(o):\n    o['x'] = 1\n    {end}")
    assert site.after().body == {"id": 1}


@pytest.mark.parametrize("result", [{}, [], [1], {"a": [None]}])
def test_any_object_or_list_is_taken(site, result):
    site.write("jobs.py", f"def afterShow(o): return {result!r}")
    assert site.after().body == result


@pytest.mark.parametrize(
    "wrong",
    [
        "return True",
        "return 0",
        "return 'text'",
        "return {'a': object()}",
        "return {1: 2}",
        "return o.nothing",
        "renderMessages('no', 405)",
        "redirect(url='/')",
        "serializeObject(5)",
        "serializeList('abc')",
    ],
)
def test_an_after_hook_that_fails(site, wrong, caplog):
    site.write("jobs.py", f"def afterShow(o): {wrong}")
    assert broken(site.after) == failure("The hook afterShow of jobs.py failed")
    assert len(tracebacks(caplog)) == 1


def test_a_list_comes_with_its_counts(site):
    site.write(
        "jobs.py",
        """
        def afterList(o):
            assert o["totalCount"] == 5
            return serializeList(item for item in o["results"] if item["id"] > 1)
        """,
    )
    body = {"totalCount": 5, "resultCount": 2, "results": [{"id": 1}, {"id": 2}]}
    assert site.after("List", answer=Answer(body=body)).body == {
        "totalCount": 1,
        "resultCount": 1,
        "results": [{"id": 2}],
    }


def test_serialize_object(site):
    site.write(
        "jobs.py",
        """
        from dataclasses import dataclass
        from datetime import datetime, timedelta, timezone
        @dataclass
        class Job:
            name: str
            due: datetime
        def afterShow(o):
            zone = timezone(timedelta(hours=2))
            return serializeObject(Job("a", datetime(2013, 5, 23, 19, 32, 2, 9, zone)))
        """,
    )
    assert site.after().body == {"name": "a", "due": "2013-05-23 17:32:02 UTC"}


def test_errors_come_as_messages(site):
    site.write(
        "jobs.py",
        """
        def afterShow(o):
            if isSuccess():
                return False
            return {"messages": o["messages"] + [str(response.status)]}
        """,
    )
    assert site.after().body == {"id": 1}
    answer = site.after(answer=refusal(NotFound("There is none")))
    assert answer == Answer(404, {"messages": ["There is none", "404"]})


@pytest.mark.parametrize(("status", "success"), [(399, True), (400, False)])
def test_success_is_below_400(site, status, success):
    site.write("jobs.py", "def afterShow(o): return {'success': isSuccess()}")
    assert site.after(answer=Answer(status, {})).body == {"success": success}


def test_status_and_headers_may_be_changed(site):
    site.write(
        "all.py",
        """
        def beforeShow():
            response.headers["X-Before"] = "all"
            response.headers["location"] = "/before"
            response.status = 201
        def afterShow(o):
            assert isSuccess()
            assert response.headers["location"] == "/1"
            return o
        """,
    )
    site.write(
        "jobs.py",
        """
        def afterShow(o):
            assert response.status == 404
            response.status = 200
            response.headers["X-After"] = "jobs"
            del response.headers["allow"]
            return {"found": False}
        """,
    )
    answer = Answer(404, {"messages": ["no"]}, {"Location": "/1", "Allow": "GET"})
    assert site.call(answer=answer) == Answer(
        200,
        {"found": False},
        {"X-Before": "all", "Location": "/1", "X-After": "jobs"},
    )


def test_headers_of_before_hooks_are_answered_without_after_hooks(site):
    site.write("jobs.py", "def beforeShow(): response.setHeader('X-A', 'b')")
    assert site.call() == Answer(200, {"id": 1}, {"X-A": "b"})


def test_after_an_answer_without_json(site):
    site.write("jobs.py", "def afterDelete(o): return {'was': o}")
    assert site.after("Delete", answer=Answer(body=None)).body == {"was": None}
    assert site.after("Delete", answer=Answer(body=b"text")).body == b"text"


def test_an_answer_is_not_what_a_hook_keeps(site):
    site.write("jobs.py", "kept = {'a': []}\ndef afterShow(o): return kept")
    site.after().body["a"].append(1)
    assert site.after().body == {"a": []}


# -- what is wrong with files


@pytest.mark.parametrize("source", ["def beforeList(:", "1 / 0", "import nothing_such"])
def test_a_broken_file_breaks_its_resource_only(site, source, caplog):
    site.write("jobs.py", source)
    site.write("nodes.py", "def beforeList(): renderMessages('fine', 403)")
    for _ in range(3):
        assert broken(site.before) == failure("The hook file jobs.py can't be loaded")
    assert len(tracebacks(caplog)) == 1
    assert site.before(resource="nodes").status == 403
    assert site.before(resource="images") is None
    site.write("jobs.py", "def beforeList(): renderMessages('mended', 403)")
    assert site.before().body == {"messages": ["mended"]}


@pytest.mark.parametrize("error", ["SystemExit", "KeyboardInterrupt"])
def test_a_broken_common_file_breaks_every_call(site, error):
    site.write("all.py", f"raise {error}")
    assert "all.py" in broken(site.before)["messages"][1]
    assert "all.py" in broken(site.after)["messages"][1]


def test_a_file_that_can_not_be_read_breaks_its_resource(site, monkeypatch, caplog):
    site.write("jobs.py", "")

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    for _ in range(2):
        assert "jobs.py" in broken(site.before)["messages"][1]
    assert caplog.text.count("Permission denied") == 1


def test_a_file_that_can_not_be_found_out_about_breaks_its_resource(site, caplog):
    site.path.mkdir()
    (site.path / "jobs.py").symlink_to("jobs.py")
    assert broken(site.before) == failure("The hook file jobs.py can't be loaded")
    assert "jobs.py can't be read" in caplog.text
    assert site.before(resource="nodes") is None


def test_a_file_that_everybody_may_write_is_ignored(site, caplog):
    site.write("jobs.py", "def beforeList(): renderMessages('no', 403)")
    path = site.path / "jobs.py"
    path.chmod(0o646)
    assert site.before() is None
    assert site.before() is None
    (record,) = caplog.records
    assert str(path) in record.message and "everybody may write" in record.message
    path.chmod(0o644)
    assert site.before().status == 403


def test_a_folder_that_everybody_may_write_is_ignored(site, caplog):
    site.write("jobs.py", "def beforeList(): renderMessages('no', 403)")
    site.path.chmod(0o777)
    assert site.before() is None
    assert site.before() is None
    (record,) = caplog.records
    assert str(site.path) in record.message
    site.path.chmod(0o755)
    assert site.before().status == 403


def test_what_is_no_file_is_ignored(site, caplog):
    (site.path / "jobs.py").mkdir(parents=True)
    assert site.before() is None
    assert "no regular file" in caplog.text


def test_a_folder_that_is_none_is_told_once(site, caplog):
    site.path.write_text("")
    for _ in range(2):
        assert site.before() is None
    (record,) = caplog.records
    assert str(site.path) in record.message


# -- the README


@pytest.mark.parametrize("exists", [False, True])
def test_the_folder_is_made_with_a_readme(site, exists):
    if exists:
        site.path.mkdir()
    site.folder.ensure()
    assert os.listdir(site.path) == ["README.txt"]
    assert site.path.stat().st_mode & 0o002 == 0
    text = (site.path / "README.txt").read_text()
    missing = [name for name in [*hooks.NAMES, "log"] if name not in text]
    assert missing == []
    for kind in ("List", "Show", "Save", "Update", "Delete"):
        assert f"before{kind}" in text and f"after{kind}(o)" in text


def test_parents_of_the_folder_are_made(tmp_path):
    HookFolder(tmp_path / "a" / "hooks").ensure()
    assert (tmp_path / "a" / "hooks" / "README.txt").exists()


def test_a_folder_in_use_is_left_alone(site):
    site.write("jobs.py", "")
    site.folder.ensure()
    assert os.listdir(site.path) == ["jobs.py"]


def test_without_a_folder_the_readme_is_elsewhere(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(hook_files.tempfile, "tempdir", str(tmp_path))
    (tmp_path / "file").write_text("")
    HookFolder(tmp_path / "file" / "hooks").ensure()
    (record,) = caplog.records
    path = Path(re.search(r"\S+README\.txt", record.message)[0])
    assert path.is_relative_to(tmp_path)
    assert "beforeList" in path.read_text()


def test_without_any_place_for_the_readme_the_site_starts(
    tmp_path, monkeypatch, caplog
):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(hook_files.tempfile, "tempdir", str(tmp_path / "file"))
    HookFolder(tmp_path / "file" / "hooks").ensure()
    (record,) = caplog.records
    assert "hooks_README.txt" in record.message


def test_the_example_of_the_readme_runs(site):
    site.folder.ensure()
    text = (site.path / "README.txt").read_text()
    site.write("all.py", textwrap.dedent(text.split("EXAMPLE\n")[1]))
    assert site.before("Delete").status == 403
    body = {"totalCount": 1, "resultCount": 1, "results": [{}]}
    answer = site.call("List", answer=Answer(body=body))
    assert answer.body["results"] == [{"seen": True}]


# -- the documentation


@pytest.fixture
def documented(site):
    """The site with the files that docs/how-to/hooks.md shows."""
    for source in re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL):
        site.write(re.match(r"# (\S+\.py)\n", source)[1], source)
    assert sorted(os.listdir(site.path)) == ["all.py", "principals.py"]
    return site


def test_the_documented_freeze(documented):
    (file, *_) = documented.folder.files("jobs", hooks.NAMES)
    file.members["is_frozen"]()
    file.members["is_frozen"] = lambda: True
    for kind in ("Save", "Update", "Delete"):
        assert documented.before(kind, call=HookCall(REQUEST, body={})) == Answer(
            503,
            {"messages": ["The site is closed for changes from 2 to 4"]},
            {"Retry-After": "7200"},
        )
    assert documented.before("List") is None
    file.members["is_frozen"] = lambda: False
    assert documented.before("Save", call=HookCall(REQUEST, body={})) is None


def test_the_documented_principals(documented):
    (file, _) = documented.folder.files("principals", hooks.NAMES)
    file.members["is_frozen"] = lambda: False
    call = HookCall(REQUEST, body={"name": "p"})
    documented.before("Save", "principals", call)
    assert call.body == {"name": "p", "description": "Made by amy"}
    assert documented.before("Save", "principals") is None
    one = {"name": "p", "users": [], "groups": []}
    many = Answer(body={"totalCount": 1, "resultCount": 1, "results": [one]})
    hidden = {"totalCount": 1, "resultCount": 1, "results": [{"name": "p"}]}
    root = HookCall(HookRequest("GET", "/", remote_user="root"))
    assert documented.after("List", "principals", answer=many).body == hidden
    assert documented.after("List", "principals", root, many) == many
    assert documented.after("Show", "principals", answer=Answer(body=one)).body == {
        "name": "p"
    }
    missing = refusal(NotFound("none"))
    assert documented.after("List", "principals", answer=missing) == missing


def test_the_documentation_names_all_that_hooks_find():
    text = DOCS.read_text()
    assert [name for name in hooks.NAMES if name not in text] == []


# -- speed


def test_calls_without_hooks_are_cheap(site, settled):
    """No limit: a table on the screen (pytest -s) for those who want to know."""
    site.folder.ensure()
    call, answer, rounds = HookCall(REQUEST), Answer(body={}), 2000
    start = time.perf_counter()
    for _ in range(rounds):
        site.hooks.before("jobs", "List", call)
        site.hooks.after("jobs", "List", call, answer)
    each = (time.perf_counter() - start) / rounds
    print(f"\nbefore and after without hooks: {each * 1e6:.1f} microseconds")
    assert call.response.headers == HookResponse().headers
