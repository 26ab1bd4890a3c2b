from collective.mwsvm.events import xml
from collective.mwsvm.models.errors import Invalid
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from tests.events.samples import EVENTS
from tests.events.samples import JOB
from tests.events.samples import XML
from xml.sax.saxutils import escape
from xml.sax.saxutils import quoteattr
import pytest


def nested(levels):
    """A document with so many levels, <Events> among them."""
    inner = levels - 1
    return b"<Events>\n" + b"<x>" * inner + b"</x>" * inner + b"</Events>"


def refused(body):
    with pytest.raises(Invalid) as caught:
        xml.parse(body)
    return str(caught.value)


def test_the_guides_document_has_the_guides_json():
    assert xml.parse(XML) == EVENTS


def test_a_single_event_is_a_list_of_one():
    assert xml.parse(b'<Event eventType="jobstart"/>') == [{"eventType": "jobstart"}]


def test_a_document_may_have_no_events():
    assert xml.parse(b"<Events/>") == []


def test_the_guides_document_on_one_line():
    # The guide's page shows it so: the white space around the serialization stays.
    body = b" ".join(XML.split())
    assert xml.parse(body)[0]["primaryObject"]["serialization"] == f" {JOB} "


def test_texts_are_as_given():
    body = b"""<Event><Details>
        <Detail name="quoted">&lt;a b=&quot;c&quot;/&gt; &amp; &#233;</Detail>
        <Detail name="both"> a<![CDATA[<b>]]> c<!-- not this --> d<?nor this?> e </Detail>
        <Detail name="empty"/>
        <Detail name="lines">one
two</Detail>
        </Details></Event>"""
    assert xml.parse(body)[0]["details"] == {
        "quoted": '<a b="c"/> & é',
        "both": " a<b> c d e ",
        "empty": "",
        "lines": "one\ntwo",
    }


def test_what_is_left_out_is_left_out():
    body = b"""<Event status="">
      <InitiatedBy user="bob"/>
      <PrimaryObject objectType="job"/>
      <RelatedObjects><RelatedObject objectID="x"/></RelatedObjects>
      <ErrorMessage/>
      <Details/>
    </Event>"""
    assert xml.parse(body) == [
        {
            "status": "",
            "initiatedBy": {"user": "bob"},
            "primaryObject": {"type": "job", "serialization": None},
            "relatedObjects": [{"id": "x"}],
            "errorMessage": {"message": ""},
            "details": {},
        }
    ]


def test_unknown_elements_and_attributes_are_ignored():
    body = b"""<Events version="2" xmlns:o="urn:other">
      <Comment>hello <Event eventType="not this"/></Comment>
      <Event eventType="jobstart" severity="WARN" color="red" o:status="odd">
        <Escalation level="1"><Details><Detail/></Details></Escalation>
        <o:Details/>
        <Details><Remark/><Detail name="a">1</Detail></Details>
      </Event>
    </Events>"""
    assert xml.parse(body) == [
        {"eventType": "jobstart", "severity": "WARN", "details": {"a": "1"}}
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_the_document_says_how_it_is_encoded(encoding):
    body = f'<?xml version="1.0" encoding="{encoding}"?><Event status="é"/>'
    assert xml.parse(body.encode(encoding)) == [{"status": "é"}]


@pytest.mark.parametrize(
    "body, where",
    [
        (b"", "line 1"),
        (b"\n\n", "line 3"),
        (b"hello", "line 1, column 1"),
        (b"<Events>\n<Event>\n</Events>", "line 3"),
        (b'<Event>\n<Details a="1" a="2"/></Event>', "line 2"),
        (b"<Events/>\n<Events/>", "line 2"),
        (b"<Event>\n\xff</Event>", "line 2"),
        (b"<Event>\n&unknown;</Event>", "Entity 'unknown' not defined, line 2"),
        (b"<Event>\n\x00</Event>", "line 2"),
        (b'<?xml version="1.0" encoding="none"?><Events/>', "encoding: none, line 1"),
        (b"<Events>" + b"<x>" * 3000, "line 1"),
        (b"<Event>" + b"x" * 10_100_000 + b"</Event>", "line 1"),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_not_well_formed(body, where):
    message = refused(body)
    assert message.startswith("The XML can't be read: ")
    assert where in message
    assert "HUGE" not in message


BILLION = b'<!DOCTYPE Events [\n<!ENTITY a0 "ha">' + b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
)


@pytest.mark.parametrize(
    "body",
    [
        BILLION + b"]><Events>&a9;</Events>",
        BILLION + b']><Event status="&a9;"/>',
        b'<?xml version="1.0"?>\n<!-- x --><!DOCTYPE Events><Events/>',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Event>&e;</Event>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><Events/>',
        b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x">%p;]><Events/>',
        "<!DOCTYPE Events><Events/>".encode("utf-16"),
        b"<!DOCTYPE Events [",
    ],
    ids=range(8),
)
def test_no_document_type(body):
    assert refused(body) == (
        "The XML has a document type (<!DOCTYPE ...>) before its root element: "
        "leave it out."
    )


def test_the_words_of_a_document_type_are_a_text_like_any():
    body = b"<Event><ErrorMessage><![CDATA[<!DOCTYPE a>]]></ErrorMessage></Event>"
    assert xml.parse(body) == [{"errorMessage": {"message": "<!DOCTYPE a>"}}]


def test_the_elements_nest_fifty_levels_deep_at_most():
    assert xml.parse(nested(50)) == []
    assert refused(nested(51)) == (
        "XML, line 2: the elements nest deeper than 50 levels."
    )


@pytest.mark.parametrize(
    "body, message",
    [
        (
            b"<!-- a\n -->\n<events/>",
            "XML, line 3: the root is <events>; it must be <Events> or <Event>.",
        ),
        (
            b'<Events xmlns="urn:x"/>',
            "XML, line 1: the root is <{urn:x}Events>; it must be <Events> or <Event>.",
        ),
        (
            b"<Event>\n<Details/>\n<Details/></Event>",
            "XML, line 3: <Event> has more than one <Details>.",
        ),
        (
            b"<Event><Details>\n<Detail>a</Detail></Details></Event>",
            "XML, line 2: <Detail> has no name.",
        ),
        (
            b"<Event><Details><Detail name='a'>1</Detail>\n<Detail name='a'>2</Detail>"
            b"</Details></Event>",
            "XML, line 2: the detail 'a' is there twice.",
        ),
        (
            b"<Event><PrimaryObject><Serialization>\n<job/></Serialization>"
            b"</PrimaryObject></Event>",
            "XML, line 2: <Serialization> holds a text, not the element <job>: "
            "put it in <![CDATA[...]]> or write < as &lt;.",
        ),
    ],
)
def test_well_formed_but_no_events(body, message):
    assert refused(body) == message


def test_a_message_does_not_repeat_all_that_was_sent():
    assert len(refused(b"<" + b"x" * 40_000 + b"/>")) < 200
    assert len(refused(b"<" + b"x" * 40_000 + b"></y>")) < 400


# Without carriage returns, which XML reads as line feeds.
XML_TEXT = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="￾￿"
    )
    | st.sampled_from("\n\t")
)


@settings(deadline=None)
@given(XML_TEXT, XML_TEXT)
def test_any_text_comes_through(text, attribute):
    entities = {"\n": "&#10;", "\t": "&#9;"}
    body = (
        f"<Event status={quoteattr(attribute, entities)}>"
        f"<ErrorMessage>{escape(text)}</ErrorMessage></Event>"
    )
    assert xml.parse(body.encode()) == [
        {"status": attribute, "errorMessage": {"message": text}}
    ]


PIECES = st.sampled_from(
    [
        b"<Events>",
        b"</Events>",
        b"<Event>",
        b"</Event>",
        b"<Details>",
        b"</Details>",
        b'<Detail name="a">',
        b"</Detail>",
        b"<!DOCTYPE a>",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"-->",
        b"&a;",
        b"&#0;",
        b'<?xml version="1.0" encoding="utf-16"?>',
        b"\xff\xfe",
    ]
)


@settings(deadline=None)
@given(st.binary() | st.lists(PIECES | st.binary(max_size=3)).map(b"".join))
def test_whatever_is_sent_is_read_or_refused_with_a_message(body):
    try:
        events = xml.parse(body)
    except Invalid as error:
        assert "XML" in str(error)
    else:
        assert isinstance(events, list)
