"""The tables "Supported Methods" of the guide's sections, and what the API has."""

from collective.mwsvm.resources.registry import RESOURCES
import pytest


#: Of the workload manager's resources: section, path, methods, versions. By hand, from
#: the guide; ``/rest/`` is left out, and names and ids are ``*``.
GUIDE = """
4.1    reservations/*/acl-rules    PUT          1 2
4.1    reservations/*/acl-rules/*  DELETE       1 2
4.1    vcs/*/acl-rules             PUT          1 2
4.1    vcs/*/acl-rules/*           DELETE       1 2
4.3    credentials/accounts        GET          2
4.3    credentials/classes         GET          2
4.3    credentials/groups          GET          2
4.3    credentials/qoses           GET          2
4.3    credentials/users           GET          2
4.8    jobs                        GET,POST     1 2
4.8    jobs/*                      GET,PUT,DELETE 1 2
4.8    jobs/*/cancel               PUT          1 2
4.8    jobs/*/checkpoint           PUT          1 2
4.8    jobs/*/execute              PUT          1 2
4.8    jobs/*/hold                 PUT          1 2
4.8    jobs/*/requeue              PUT          1 2
4.8    jobs/*/resume               PUT          1 2
4.8    jobs/*/suspend              PUT          1 2
4.8    jobs/*/unhold               PUT          1 2
4.9    job-arrays                  POST         1 2
4.10   job-templates               GET          1 2
4.10   job-templates/*             GET          1 2
4.11   metric-types                GET          1 2
4.12   nodes                       GET          1 2
4.12   nodes/*                     GET,PUT      1 2
4.13   pending-actions             GET          1 2
4.17   policies                    GET          1 2
4.17   policies/*                  GET,PUT      1 2
4.21   reservations                GET,POST     1 2
4.21   reservations/*              GET,PUT,DELETE 1 2
4.22   resource-types              GET          1 2
4.26   standing-reservations       GET          1 2
4.26   standing-reservations/*     GET          1 2
4.28   vcs                         GET,POST     1 2
4.28   vcs/*                       GET,PUT,DELETE 1 2
4.29   vms                         GET          1 2
4.29   vms/*                       GET,PUT,DELETE 1 2
"""

#: More than the guide has: logs of jobs, to look at ACL rules, and to write one by its
#: address.
MORE = {
    ("GET", "jobs/*/log"),
    ("GET", "reservations/*/acl-rules"),
    ("GET", "reservations/*/acl-rules/*"),
    ("PUT", "reservations/*/acl-rules/*"),
    ("GET", "vcs/*/acl-rules"),
    ("GET", "vcs/*/acl-rules/*"),
    ("PUT", "vcs/*/acl-rules/*"),
}

#: What permissions, grids and hooks call them, where it is not the path.
NAMES = {
    "reservations/*/acl-rules": "acl-rules",
    "reservations/*/acl-rules/*": "acl-rules",
    "vcs/*/acl-rules": "acl-rules",
    "vcs/*/acl-rules/*": "acl-rules",
}

ROWS = [
    (path, method, tuple(map(int, versions)))
    for _, path, methods, *versions in map(str.split, GUIDE.strip().splitlines())
    for method in methods.split(",")
]


def star(path):
    return "/".join("*" if step[0] == "{" else step for step in path.split("/"))


FOUND = {(made.method, star(made.path)): made for made in RESOURCES.operations()}

NAMED = {path.split("/")[0] for path, _, _ in ROWS}


@pytest.mark.parametrize(("path", "method", "versions"), ROWS)
def test_what_the_guide_has_is_there(path, method, versions):
    made = FOUND[method, path]
    assert made.versions == versions
    place, _ = RESOURCES.find(path.replace("*", "x"))
    assert star(place.path) == path
    assert place.operations[method] is made


def test_nothing_else_is_there():
    guide = {(method, path) for path, method, _ in ROWS}
    found = {key for key in FOUND if key[1].split("/")[0] in NAMED}
    assert found - guide == MORE


@pytest.mark.parametrize("path", sorted({path for path, _, _ in ROWS}))
def test_one_permission_covers_a_resource_and_its_objects(path):
    named = {made.resource for (_, found), made in FOUND.items() if found == path}
    fixed = path.split("/")[0] if "*" in path else path
    assert named == {NAMES.get(path, fixed)}


def test_the_workload_manager_says_what_it_did():
    managed = {path.split("/")[0] for (_, path), made in FOUND.items() if made.managed}
    assert managed == NAMED
    assert all(FOUND[key].managed for key in FOUND if key[1].split("/")[0] in NAMED)
