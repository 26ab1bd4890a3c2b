"""The exact requests to EC2, and its errors as sentences."""

from botocore.exceptions import EndpointConnectionError
from botocore.exceptions import NoCredentialsError
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber
from collective.mwsvm.cloud.ec2 import Account
from collective.mwsvm.cloud.ec2 import CloudError
from collective.mwsvm.cloud.ec2 import Ec2
from collective.mwsvm.cloud.ec2 import Launch
from collective.mwsvm.cloud.ec2 import make_client
from datetime import datetime
from datetime import UTC
from moto import mock_aws
import pytest


ACCOUNT = Account("us-east-1", "AKIAEXAMPLE", "not-for-the-logs")

LAUNCH = Launch(
    token="vm1-1",
    site="site-1",
    machine="vm1",
    title="My machine",
    image="ami-0123456789abcdef0",
    instance_type="t3.micro",
    user_data="#!/bin/sh\ntrue\n",
)

TAGS = [
    {"Key": "Name", "Value": "My machine"},
    {"Key": "mwsvm:site", "Value": "site-1"},
    {"Key": "mwsvm:vm", "Value": "vm1"},
]

REQUEST = {
    "ImageId": "ami-0123456789abcdef0",
    "InstanceType": "t3.micro",
    "MinCount": 1,
    "MaxCount": 1,
    "ClientToken": "vm1-1",
    "UserData": "#!/bin/sh\ntrue\n",
    "InstanceInitiatedShutdownBehavior": "terminate",
    "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"},
    "TagSpecifications": [
        {"ResourceType": "instance", "Tags": TAGS},
        {"ResourceType": "volume", "Tags": TAGS},
    ],
}

INSTANCE = {
    "InstanceId": "i-1",
    "State": {"Code": 0, "Name": "pending"},
    "LaunchTime": datetime(2026, 11, 21, tzinfo=UTC),
    "Tags": TAGS,
}

REPLY = {"ReservationId": "r-1", "Instances": [INSTANCE]}


@pytest.fixture
def stub():
    client = make_client(ACCOUNT)
    with Stubber(client) as stubber:
        stubber.ec2 = Ec2(ACCOUNT, lambda account: client)
        yield stubber
        stubber.assert_no_pending_responses()


def changed(**values):
    return LAUNCH.__class__(**{**vars(LAUNCH), **values})


class TestLaunch:
    def test_one_call_with_tags_token_and_imdsv2(self, stub):
        stub.add_response("run_instances", REPLY, REQUEST)
        instance = stub.ec2.launch(LAUNCH)
        assert (instance.id, instance.reservation) == ("i-1", "r-1")
        assert (instance.state, instance.machine) == ("pending", "vm1")
        assert instance.launched == datetime(2026, 11, 21, tzinfo=UTC).timestamp()

    def test_options_are_sent_only_when_they_are_set(self, stub):
        expected = {
            **REQUEST,
            "SubnetId": "subnet-1",
            "SecurityGroupIds": ["sg-1", "sg-2"],
            "KeyName": "me",
            "IamInstanceProfile": {"Name": "role"},
            "InstanceInitiatedShutdownBehavior": "stop",
        }
        stub.add_response("run_instances", REPLY, expected)
        stub.ec2.launch(
            changed(
                subnet="subnet-1",
                security_groups=("sg-1", "sg-2"),
                key_name="me",
                instance_profile="role",
                shutdown="stop",
            )
        )

    def test_an_instance_profile_may_be_an_arn(self, stub):
        arn = "arn:aws:iam::123456789012:instance-profile/role"
        expected = {**REQUEST, "IamInstanceProfile": {"Arn": arn}}
        stub.add_response("run_instances", REPLY, expected)
        stub.ec2.launch(changed(instance_profile=arn))

    def test_spot(self, stub):
        expected = {**REQUEST, "InstanceMarketOptions": {"MarketType": "spot"}}
        stub.add_response("run_instances", REPLY, expected)
        stub.ec2.launch(changed(spot=True))

    @pytest.mark.parametrize(
        "code", ["InsufficientInstanceCapacity", "MaxSpotInstanceCountExceeded"]
    )
    def test_without_spot_capacity_it_is_on_demand_with_a_token_of_its_own(
        self, stub, code
    ):
        spot = {**REQUEST, "InstanceMarketOptions": {"MarketType": "spot"}}
        stub.add_client_error("run_instances", code, "none", 400, expected_params=spot)
        on_demand = {**REQUEST, "ClientToken": "vm1-1-od"}
        stub.add_response("run_instances", REPLY, on_demand)
        assert stub.ec2.launch(changed(spot=True)).id == "i-1"

    def test_other_errors_of_a_spot_launch_are_not_tried_on_demand(self, stub):
        stub.add_client_error("run_instances", "UnauthorizedOperation", "no", 403)
        with pytest.raises(CloudError, match="may not do this: no"):
            stub.ec2.launch(changed(spot=True))


class TestLook:
    def test_describe_filters_so_that_a_forgotten_instance_is_no_error(self, stub):
        stub.add_response(
            "describe_instances",
            {"Reservations": [REPLY]},
            {"Filters": [{"Name": "instance-id", "Values": ["i-1", "i-2"]}]},
        )
        found = stub.ec2.describe(["i-2", "i-1", "i-2"])
        assert list(found) == ["i-1"]

    def test_describe_of_nothing_asks_nothing(self, stub):
        assert stub.ec2.describe([]) == {}

    def test_owned_asks_for_the_tag_and_live_states_on_all_pages(self, stub):
        filters = [
            {"Name": "tag:mwsvm:site", "Values": ["site-1"]},
            {
                "Name": "instance-state-name",
                "Values": ["pending", "running", "stopping", "stopped"],
            },
        ]
        second = {
            "ReservationId": "r-2",
            "Instances": [{**INSTANCE, "InstanceId": "i-2"}],
        }
        stub.add_response(
            "describe_instances",
            {"Reservations": [REPLY], "NextToken": "more"},
            {"Filters": filters},
        )
        stub.add_response(
            "describe_instances",
            {"Reservations": [second]},
            {"Filters": filters, "NextToken": "more"},
        )
        assert [i.id for i in stub.ec2.owned("site-1")] == ["i-1", "i-2"]

    def test_start_stop_and_terminate(self, stub):
        for name in ("start", "stop", "terminate"):
            stub.add_response(f"{name}_instances", {}, {"InstanceIds": ["i-1"]})
            getattr(stub.ec2, name)("i-1")

    def test_terminating_what_is_gone_is_no_error(self, stub):
        code = "InvalidInstanceID.NotFound"
        stub.add_client_error("terminate_instances", code, "gone", 400)
        stub.ec2.terminate("i-1")


class TestErrors:
    @pytest.mark.parametrize(
        "code, message, said",
        [
            (
                "AuthFailure",
                "AWS was not able to validate the provided access credentials",
                "AWS refused the access key AKIAEXAMPLE: check the machine's access key "
                "and secret key.",
            ),
            (
                "InvalidAMIID.NotFound",
                "The image id '[ami-0]' does not exist",
                "There is no image ami-0123456789abcdef0 in the region us-east-1.",
            ),
            (
                "VcpuLimitExceeded",
                "You have requested more vCPU capacity than your limit of 8 allows.",
                "The account's quota of processors is used up: You have requested more "
                "vCPU capacity than your limit of 8 allows.",
            ),
            (
                "InstanceLimitExceeded",
                "Your quota allows for 0 more.",
                "The account's quota of instances is used up: Your quota allows "
                "for 0 more.",
            ),
            (
                "Something.New",
                "What is that?",
                "EC2 refused: What is that? (Something.New)",
            ),
        ],
    )
    def test_a_refusal_is_a_sentence_and_final(self, stub, code, message, said):
        stub.add_client_error("run_instances", code, message, 400)
        with pytest.raises(CloudError) as caught:
            stub.ec2.launch(LAUNCH)
        assert str(caught.value) == said
        assert (caught.value.code, caught.value.transient) == (code, False)

    @pytest.mark.parametrize(
        "code, status",
        [("RequestLimitExceeded", 503), ("InternalError", 500), ("", 502)],
    )
    def test_trouble_at_aws_is_transient(self, stub, code, status):
        stub.add_client_error("run_instances", code, "later", status)
        with pytest.raises(CloudError) as caught:
            stub.ec2.launch(LAUNCH)
        assert caught.value.transient

    @pytest.mark.parametrize(
        "error, said, transient",
        [
            (
                EndpointConnectionError(endpoint_url="https://ec2"),
                "EC2 in us-east-1 can't be reached.",
                True,
            ),
            (
                ReadTimeoutError(endpoint_url="https://ec2"),
                "EC2 in us-east-1 can't be reached.",
                True,
            ),
            (NoCredentialsError(), "There are no AWS credentials", False),
        ],
    )
    def test_when_nothing_is_answered(self, error, said, transient):
        class Client:
            def run_instances(self, **request):
                raise error

        with pytest.raises(CloudError, match=said) as caught:
            Ec2(ACCOUNT, lambda account: Client()).launch(LAUNCH)
        assert caught.value.transient is transient

    def test_an_unknown_region_is_named_with_those_there_are(self):
        with pytest.raises(
            CloudError, match=r"no region 'mars-1'; AWS has .*us-east-1"
        ):
            make_client(Account("mars-1"))

    def test_a_bad_endpoint_is_a_sentence(self):
        with pytest.raises(CloudError, match="can't be asked"):
            make_client(Account("us-east-1", endpoint_url="not a url"))

    def test_secrets_are_not_in_representations(self):
        assert "not-for-the-logs" not in repr(ACCOUNT)
        assert "#!/bin/sh" not in repr(LAUNCH)


@mock_aws
def test_from_launch_to_termination():
    ec2 = Ec2(ACCOUNT)
    image = ec2.client.describe_images()["Images"][0]["ImageId"]
    instance = ec2.launch(changed(image=image))
    assert ec2.describe([instance.id])[instance.id].state == "running"
    assert [i.id for i in ec2.owned("site-1")] == [instance.id]
    assert ec2.owned("site-2") == []
    ec2.terminate(instance.id)
    assert ec2.describe([instance.id])[instance.id].state == "terminated"
    assert ec2.owned("site-1") == []
