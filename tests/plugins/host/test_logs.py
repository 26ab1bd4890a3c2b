from collective.mwsvm.plugins.logs import LinkHandler
from collective.mwsvm.plugins.logs import LONGEST
from collective.mwsvm.plugins.logs import plugin_logger
import logging
import pytest


@pytest.fixture
def records():
    return []


@pytest.fixture
def log(records):
    logger = plugin_logger("plugins.example.LogPlugin")
    handler = LinkHandler(records.append, lambda: "p1")
    logger.addHandler(handler)
    logger.setLevel(1)
    logger.propagate = False
    yield logger
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)
    logger.propagate = True


@pytest.mark.parametrize(
    ("method", "level"),
    [
        ("trace", "TRACE"),
        ("debug", "DEBUG"),
        ("info", "INFO"),
        ("warn", "WARN"),
        ("warning", "WARN"),
        ("error", "ERROR"),
        ("fatal", "FATAL"),
        ("critical", "FATAL"),
    ],
)
def test_levels(log, records, method, level):
    getattr(log, method)("a %s", "b")
    assert records == [
        {
            "name": "plugins.example.LogPlugin",
            "level": level,
            "message": "a b",
            "traceback": None,
            "plugin": "p1",
        }
    ]


def test_levels_below_are_not_sent(log, records):
    log.setLevel(logging.DEBUG)
    log.trace("quiet")
    assert records == []


def test_an_exception_after_the_message(log, records):
    log.error("Failed", ValueError("why"))
    log.error("Failed: %s", ValueError("why"))
    assert [r["message"] for r in records] == ["Failed", "Failed: why"]
    assert "ValueError: why" in records[0]["traceback"]
    assert records[1]["traceback"] is None


def test_an_exception_under_way(log, records):
    try:
        raise ValueError("why")
    except ValueError:
        log.exception("Failed")
    assert "ValueError: why" in records[0]["traceback"]


def test_arguments_that_do_not_fit(records):
    record = logging.makeLogRecord({"msg": "%d apples", "args": ("no",)})
    LinkHandler(records.append, lambda: None).handle(record)
    assert records[0]["message"] == "%d apples ('no',)"


def test_what_can_not_be_sent(log, records):
    (handler,) = (each for each in log.handlers if isinstance(each, LinkHandler))
    for message in ("\ud800", "x" * LONGEST * 2):
        # Straight to it: pytest, which listens to loggers, can't send the first either.
        handler.handle(log.makeRecord(log.name, logging.INFO, "", 0, message, (), None))
    assert records[0]["message"] == "?"
    assert len(records[1]["message"]) == LONGEST


def test_a_logger_that_others_have_asked_for():
    logger = logging.getLogger("plugins.example.EarlyPlugin")
    assert plugin_logger("plugins.example.EarlyPlugin") is logger
    logger.trace("has it now")
