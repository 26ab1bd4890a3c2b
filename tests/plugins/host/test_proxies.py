from collective.mwsvm.plugins import AbstractPlugin
from collective.mwsvm.plugins import JobReport
from collective.mwsvm.plugins import NodeReport
from collective.mwsvm.plugins import PluginState
from collective.mwsvm.plugins import VirtualMachineReport
from collective.mwsvm.plugins.event_service import EventService
from collective.mwsvm.plugins.proxies import ControlService
from collective.mwsvm.plugins.proxies import DatastoreService
from collective.mwsvm.plugins.proxies import ReportService
from datetime import datetime
from datetime import UTC
from tests.plugins.host.calls import Calls
import pytest


KINDS = [
    ("nodeRMService", NodeReport),
    ("virtualMachineRMService", VirtualMachineReport),
    ("jobRMService", JobReport),
]


@pytest.fixture
def calls():
    return Calls()


class ExamplePlugin(AbstractPlugin):
    pass


@pytest.mark.parametrize(("name", "kind"), KINDS)
class TestReports:
    @pytest.mark.parametrize("method", ["save", "update"])
    def test_reports_are_sent(self, calls, name, kind, method):
        service = ReportService(calls, name, kind)
        reports = [kind("a"), kind("b")]
        getattr(service, method)(iter(reports))
        assert calls.calls == [(name, method, [r.to_json() for r in reports])]

    def test_none_of_them(self, calls, name, kind):
        ReportService(calls, name, kind).save([])
        assert calls.calls == [(name, "save", [])]

    def test_reports_come_back(self, calls, name, kind):
        calls.answer = [kind("a").to_json()]
        (report,) = ReportService(calls, name, kind).list()
        assert type(report) is kind
        assert report.name == "a"

    def test_what_is_no_report(self, calls, name, kind):
        service = ReportService(calls, name, kind)
        with pytest.raises(TypeError, match=f"{kind.__name__}; item 2 of 3 is .* str"):
            service.save([kind("a"), "b", kind("c")])
        with pytest.raises(TypeError, match="item 1 of 1 is None"):
            service.update([None])
        for given in (None, "text", kind("a"), 5, {}):
            with pytest.raises(TypeError, match="takes a list of"):
                service.save(given)
        assert calls.calls == []

    def test_reports_of_another_kind(self, calls, name, kind):
        other = NodeReport if kind is not NodeReport else JobReport
        with pytest.raises(TypeError, match=other.__name__):
            ReportService(calls, name, kind).save([other("a")])


class TestDatastore:
    @pytest.mark.parametrize(
        ("method", "arguments"),
        [
            ("exists", ["c"]),
            ("getCollection", ["c"]),
            ("getData", ["c", "k", 1]),
            ("addData", ["c", {"k": 1}]),
            ("addData", ["c", [{"k": 1}, {"k": 2}]]),
            ("updateData", ["c", "k", 1, {"k": 2}]),
            ("removeData", ["c", "k", 1]),
            ("clearCollection", ["c"]),
        ],
    )
    def test_calls(self, calls, method, arguments):
        getattr(DatastoreService(calls), method)(*arguments)
        assert calls.calls == [("pluginDatastoreService", method, *arguments)]

    def test_both_spellings(self, calls):
        calls.answer = {"k": 1}
        assert DatastoreService(calls).get_data("c", "k", 1) == {"k": 1}

    def test_dates(self, calls):
        entry = {"at": datetime(2020, 1, 1, tzinfo=UTC), "more": (1, 2)}
        DatastoreService(calls).addData("c", entry)
        sent = {"at": "2020-01-01 00:00:00 UTC", "more": [1, 2]}
        assert calls.calls[0][-1] == sent

    def test_what_can_not_be_kept(self, calls):
        with pytest.raises(TypeError, match=r"What is given to addData.*\.k"):
            DatastoreService(calls).addData("c", {"k": object()})


class TestControl:
    INFO = {"id": "p", "pluginType": "Example", "state": "PAUSED", "config": {"a": 1}}

    def test_finding_one(self, calls):
        calls.answer = self.INFO
        found = ControlService(calls).getPluginById("p")
        assert (found.id, found.state, found.config.a) == ("p", PluginState.PAUSED, 1)
        assert ControlService(calls).get_plugin("Example", {"a": 1}).id == "p"
        assert calls.calls[1][1:] == ("getPlugin", "Example", {"a": 1})

    def test_finding_none(self, calls):
        assert ControlService(calls).getPluginById("p") is None
        assert ControlService(calls).getPlugin("Example") is None

    def test_finding_several(self, calls):
        calls.answer = [self.INFO, self.INFO]
        found = ControlService(calls).getPlugins(ExamplePlugin)
        assert [info.id for info in found] == ["p", "p"]
        assert calls.calls == [("pluginControlService", "getPlugins", "Example", {})]

    @pytest.mark.parametrize("method", ["configure", "start", "stop"])
    def test_moves(self, calls, method):
        assert getattr(ControlService(calls), method)("p") is None
        assert calls.calls == [("pluginControlService", method, "p")]

    def test_creating(self, calls):
        calls.answer = True
        service = ControlService(calls)
        assert service.createPlugin("p", "Example", {"pollInterval": 5}) is True
        assert service.create_plugin("p", ExamplePlugin, autoStart=False) is True
        assert [call[2:] for call in calls.calls] == [
            ("p", "Example", {"pollInterval": 5}),
            ("p", "Example", {"autoStart": False}),
        ]


class TestEvents:
    @pytest.fixture
    def service(self, calls):
        return EventService(calls, lambda: {"id": "p", "pluginType": "Example"})

    def test_an_event(self, service, calls):
        machine = {"type": "vm", "id": "v"}
        service.createEvent(
            "ERROR", "ADMIN", 7, "broken", "disk", "It broke", [1], [machine]
        )
        ((name, method, event),) = calls.calls
        assert (name, method) == ("pluginEventService", "createEvent")
        assert event["eventType"] == "broken"
        assert event["severity"] == "ERROR"
        assert event["status"] == "failure"
        assert event["primaryObject"] == {"type": "plugin", "id": "p"}
        assert event["relatedObjects"] == [{"type": "vm", "id": "v"}]
        assert event["errorMessage"]["message"] == "It broke"
        assert event["details"] == {
            "origin": "MWS/plugins/Example/p/disk",
            "escalationLevel": "ADMIN",
            "entryCode": "7",
            "message": "It broke",
            "arguments": "[1]",
        }

    def test_by_name(self, service, calls):
        service.create_event(severity=0, event_type="fine", message="All is well")
        service.createEvent({"severity": "warn", "eventType": "fine"})
        first, second = (call[-1] for call in calls.calls)
        assert (first["severity"], first["status"]) == ("INFO", "success")
        assert "errorMessage" not in first
        assert second["severity"] == "WARN"

    def test_a_condition(self, service, calls):
        service.updateNotificationCondition("USER", "Hot", None, {"degrees": 90}, 60)
        ((_, method, event),) = calls.calls
        assert method == "updateNotificationCondition"
        assert event["details"]["degrees"] == "90"
        assert event["details"]["expirationDuration"] == "60"
        assert event["details"]["message"] == "Hot"

    def test_what_is_wrong(self, service):
        with pytest.raises(ValueError, match="severity can't be 'LOUD'.*FATAL"):
            service.createEvent("LOUD")
        with pytest.raises(ValueError, match="escalationLevel"):
            service.updateNotificationCondition("INTERNAL", "x")
        with pytest.raises(TypeError, match="no field 'colour'"):
            service.createEvent(colour="red")
        with pytest.raises(TypeError, match="takes 8 arguments, not 9"):
            service.createEvent(*range(9))
