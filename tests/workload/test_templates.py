"""Job templates: the guide's fourteen, and what an administrator makes of them."""

from collective.mwsvm.models.errors import Misconfigured
from collective.mwsvm.workload.templates import NAME
from collective.mwsvm.workload.templates import read
import os
import pytest


FOURTEEN = [
    "DEFAULT",
    "genericVM",
    "genericVM-setup",
    "genericVM-destroy",
    "genericVM-migrate",
    "genericPM",
    "genericPM-setup",
    "genericPM-destroy",
    "OSStorage",
    "OSStorage-setup",
    "OSStorage-destroy",
    "extraStorage",
    "extraStorage-setup",
    "extraStorage-destroy",
]


def ids(home):
    return [template["id"] for template in read(home)]


def one(home, id):
    (found,) = (template for template in read(home) if template["id"] == id)
    return found


def write(home, text):
    (home / NAME).write_text(text)


def test_without_a_file_there_are_the_guides(tmp_path):
    assert ids(tmp_path) == FOURTEEN


def test_users_name_some_and_the_others_are_their_steps(tmp_path):
    named = [template["id"] for template in read(tmp_path) if template["select"]]
    assert named == ["genericVM", "genericPM", "OSStorage", "extraStorage"]
    for template in read(tmp_path):
        assert template["genericSystemJob"] == ("-" in template["id"])
        setup = f"{template['id']}-setup"
        expected = [{"name": setup, "type": "JOBSUCCESSFULCOMPLETE"}]
        assert template["jobDependencies"] == (expected if template["select"] else [])


def test_fields_of_a_table_replace_those_of_the_template(tmp_path):
    before = one(tmp_path, "genericVM")
    write(tmp_path, '[genericVM]\npriority = 20\njobFlags = ["restartable"]\n')
    assert ids(tmp_path) == FOURTEEN
    expected = {**before, "priority": 20, "jobFlags": ["RESTARTABLE"]}
    assert one(tmp_path, "genericVM") == expected


def test_a_new_id_adds_a_template(tmp_path):
    write(
        tmp_path,
        """
        [batch]
        select = true
        durationRequested = 600
        [[batch.jobTemplateRequirements]]
        requiredProcessorsPerTask = 2
        genericResources = {tape = 3}
        """,
    )
    assert ids(tmp_path) == [*FOURTEEN, "batch"]
    (requirement,) = one(tmp_path, "batch")["jobTemplateRequirements"]
    assert requirement["requiredProcessorsPerTask"] == 2
    assert requirement["genericResources"] == {"tape": 3}


def test_false_takes_a_template_away(tmp_path):
    write(tmp_path, "extraStorage = false\nbatch = false\n")
    assert ids(tmp_path) == [id for id in FOURTEEN if id != "extraStorage"]


def test_a_file_that_changes_is_read_again(tmp_path):
    write(tmp_path, "[one]\n")
    assert ids(tmp_path)[-1] == "one"
    write(tmp_path, "[two]\n")
    moment = (tmp_path / NAME).stat().st_mtime_ns + 1
    os.utime(tmp_path / NAME, ns=(moment, moment))
    assert ids(tmp_path)[-1] == "two"
    (tmp_path / NAME).unlink()
    assert ids(tmp_path) == FOURTEEN


@pytest.mark.parametrize(
    "text, message",
    [
        ("DEFAULT = false", "every job has DEFAULT"),
        ("genericVM = true", "genericVM must be a table"),
        ("[batch]\ndurations = 1", "\\[batch\\] has no field durations; there are"),
        ("[batch]\npriority = 'a'", "\\[batch\\]: The field 'priority' can't be 'a'"),
        ("[batch]\ndurationRequested = -1", "'durationRequested' can't be -1"),
        ("[batch]\njobDependencies = [{name = 'a'}]", "'jobDependencies.0.type'"),
        (
            "[batch]\njobDependencies = [{name = 'a', type = 'b'}]",
            "'jobDependencies.0.type' can't be 'B'",
        ),
        (
            "[batch]\njobTemplateRequirements = [{taskCount = -1}]",
            "'jobTemplateRequirements.0.taskCount' can't be -1",
        ),
        ("[batch", "can't be read"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_table(tmp_path, text, message):
    write(tmp_path, text)
    with pytest.raises(Misconfigured, match=f"{NAME}.*{message}"):
        read(tmp_path)
