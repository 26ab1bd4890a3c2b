"""The object that version 1 shows of a job is the one that is declared."""

from collective.mwsvm.models import job_documents
from collective.mwsvm.models.job_objects.version_1 import JobVersion1
from tests.models.job_samples import EVERYTHING
import pytest


@pytest.mark.parametrize("given", [EVERYTHING, {"commandFile": "/tmp/test.sh"}])
def test_what_is_shown_is_what_is_declared(given):
    document = {**job_documents.submitted(given, 2), "name": "Moab.1"}
    shown = job_documents.shown(document, 1, now=0)
    assert JobVersion1.check(shown).wire() == shown


def test_entries_of_lists_fit_too():
    document = {**job_documents.submitted(EVERYTHING, 2), "name": "Moab.1"}
    brief = job_documents.shown(document, 1, now=0, brief=True)
    assert brief.items() <= JobVersion1.check(brief).wire().items()
