"""What lists of jobs are asked for in version 1."""

from collective.mwsvm.database.matcher import matches
from collective.mwsvm.database.query import from_document
from collective.mwsvm.models import job_documents
from collective.mwsvm.models import jobs_v1
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.jobs_v1_queries import in_version_2
from tests.models.job_samples import EVERYTHING
import pytest


#: What is worked out when a job is shown.
COMPUTED = {"requirements.requiredProcessorCountMinimum", "requirements.requiredClass"}


@pytest.fixture(scope="module")
def document():
    found = job_documents.submitted(EVERYTHING, 2)
    found["name"] = "Moab.1"
    found["resourceManagers"] = [{"name": "internal"}]
    return found


def fields(shown, before=""):
    """The path and the value of whatever version 1 shows that is a value alone."""
    for name, value in shown.items():
        path = f"{before}{name}"
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield from fields(each, f"{path}.")
            else:
                yield path, each


def test_what_version_1_shows_is_found_by_it(document):
    found = [
        each for each in fields(jobs_v1.shown(document)) if each[0] not in COMPUTED
    ]
    generic = "requirements.genericResources."
    asked = {path: value for path, value in found if not path.startswith(generic)}
    assert len(asked) > 70
    for path, value in asked.items():
        query = from_document(in_version_2({path: value}))
        assert matches(document, query), (path, value)
        query = from_document(in_version_2({path: {"$ne": value}}))
        several = sum(1 for name, _ in found if name == path) > 1
        assert several or not matches(document, query), (path, value)


@pytest.mark.parametrize(
    "given, expected",
    [
        ({"user": "amy"}, {"credentials.user": "amy"}),
        ({"id": "Moab.1", "name": "x"}, {"name": "Moab.1", "customName": "x"}),
        (
            {"state": {"$in": ["USER_HOLD", "SUBMIT_ERROR", 7]}},
            {"states.state": {"$in": ["UserHold", "SubmitErr", 7]}},
        ),
        ({"state": "Idle"}, {"states.state": "Idle"}),
        (
            {"$or": [{"user": "amy"}, {"$and": [{"group": "x"}]}]},
            {
                "$or": [
                    {"credentials.user": "amy"},
                    {"$and": [{"credentials.group": "x"}]},
                ]
            },
        ),
        ({"variables.name": "x"}, {"variables.name": "x"}),
        ({"variables": {"name": "x"}}, {"variables": {"name": "x"}}),
        ({"blockReason.message": "x"}, {"blocks.message": "x"}),
        ({"credentials.user": "amy"}, {"credentials.user": "amy"}),
        ([], []),
    ],
)
def test_words(given, expected):
    assert in_version_2(given) == expected


def test_the_order_of_fields_stays():
    given = {"user": 1, "submitDate": -1, "id": 1}
    assert list(in_version_2(given)) == ["credentials.user", "dates.submitDate", "name"]


def test_a_field_by_both_of_its_words():
    with pytest.raises(Invalid, match="'credentials.user' is there twice"):
        in_version_2({"user": "amy", "credentials.user": "fred"})
