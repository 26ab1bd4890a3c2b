"""What the workload manager says of a request in headers."""

from collective.mwsvm.models.errors import Conflict
from collective.mwsvm.models.errors import Forbidden
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.models.errors import NotFound
from collective.mwsvm.models.errors import NotSupported
from collective.mwsvm.models.errors import Unavailable
from collective.mwsvm.resources import moab
from collective.mwsvm.rest.hook_call import check_header
from hypothesis import given
from hypothesis import strategies as st
import pytest


@given(st.text())
def test_any_sentence_is_one_short_line_that_hooks_may_see(sentence):
    text = moab.failure(Invalid(sentence))[moab.MESSAGE]
    check_header(moab.MESSAGE, text)
    assert text.isprintable()
    assert len(text) <= moab.LENGTH


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_plain_sentences_stay_as_they_are(sentence):
    assert moab.header_text(sentence) == " ".join(sentence.split())


def test_no_header_comes_in_with_a_message():
    evil = "no such job\r\nSet-Cookie: a=b\n\n<html>"
    found = moab.failure(NotFound(evil, "Sorry"))[moab.MESSAGE]
    assert found == "no such job Set-Cookie: a=b <html> Sorry"
    assert moab.header_text("J\xf6rg \u732b\x07") == "J\\xf6rg \\u732b\\x07"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Invalid, "300"),
        (NotSupported, "710"),
        (NotFound, "730"),
        (Conflict, "740"),
    ],
)
def test_each_refusal_has_its_code(error, code):
    assert moab.failure(error("no")) == {
        "X-Moab-Status": "Failure",
        "X-Moab-Code": code,
        "X-Moab-Message": "no",
    }


@pytest.mark.parametrize("error", [Forbidden, Unavailable])
def test_what_others_refuse_has_none(error):
    assert moab.failure(error("no")) == {}
