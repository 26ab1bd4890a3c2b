"""EC2 through boto3: what the site asks of a region, and its errors as sentences.

Nothing here waits for longer than its time-outs, retries for ever, or knows of Plone.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collective.mwsvm.models.errors import MwsvmError
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from typing import Any
import boto3
import botocore.config
import botocore.exceptions


#: Our tags: whose instance it is, and for which machine it was launched.
SITE_TAG = "mwsvm:site"
MACHINE_TAG = "mwsvm:vm"

#: States of an instance that costs money or soon will.
LIVE_STATES = ("pending", "running", "stopping", "stopped")

_CONFIG = botocore.config.Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"mode": "standard", "max_attempts": 2},
    user_agent_extra="collective.mwsvm",
)


class CloudError(MwsvmError):
    """EC2 refused, or could not be asked; the message is a sentence for the editor.

    ``transient`` errors may be gone at the next try; ``code`` is AWS's own.
    """

    def __init__(self, message: str, code: str = "", transient: bool = False):
        super().__init__(message)
        self.code = code
        self.transient = transient


@dataclass(frozen=True)
class Account:
    """Where to ask, and as whom. Without keys boto3's own chain of sources decides.

    ``endpoint_url`` is empty on AWS.
    """

    region: str
    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    endpoint_url: str = ""


@dataclass(frozen=True)
class Launch:
    """One launch. The same ``token`` (64 characters at most) never launches twice."""

    token: str
    site: str
    machine: str
    title: str
    image: str
    instance_type: str
    user_data: str = field(repr=False)
    subnet: str = ""
    security_groups: tuple[str, ...] = ()
    key_name: str = ""
    instance_profile: str = ""
    spot: bool = False
    shutdown: str = "terminate"


@dataclass(frozen=True)
class Instance:
    """An instance as EC2 describes it; ``launched`` is seconds since the epoch."""

    id: str
    reservation: str
    state: str
    why: str
    launched: float
    machine: str


ClientFactory = Callable[[Account], Any]


def make_client(account: Account) -> Any:
    """A boto3 client for EC2; `CloudError` for a region that AWS does not have."""
    session = boto3.session.Session()
    if not account.endpoint_url:
        regions = session.get_available_regions("ec2")
        if account.region not in regions:
            raise CloudError(
                f"There is no region {account.region!r}; AWS has {', '.join(regions)}.",
                code="UnknownRegion",
            )
    with _sentences(account):
        return session.client(
            "ec2",
            region_name=account.region,
            endpoint_url=account.endpoint_url or None,
            aws_access_key_id=account.access_key or None,
            aws_secret_access_key=account.secret_key or None,
            config=_CONFIG,
        )


class Ec2:
    """The EC2 of one account in one region."""

    def __init__(self, account: Account, factory: ClientFactory = make_client):
        self.account = account
        self.client = factory(account)

    def launch(self, launch: Launch) -> Instance:
        """Launch one instance, tagged in the same call; on demand if spot has none.

        Raises `CloudError`.
        """
        if launch.spot:
            try:
                return self._run(launch, launch.token, {"MarketType": "spot"})
            except CloudError as error:
                if error.code not in _NO_SPOT:
                    raise
            # Other parameters need another token: AWS refuses to mix them.
            return self._run(launch, f"{launch.token}-od", None)
        return self._run(launch, launch.token, None)

    def _run(
        self, launch: Launch, token: str, market: dict[str, str] | None
    ) -> Instance:
        tags = [
            {"Key": "Name", "Value": launch.title[:255]},
            {"Key": SITE_TAG, "Value": launch.site},
            {"Key": MACHINE_TAG, "Value": launch.machine},
        ]
        request: dict[str, Any] = {
            "ImageId": launch.image,
            "InstanceType": launch.instance_type,
            "MinCount": 1,
            "MaxCount": 1,
            "ClientToken": token,
            "UserData": launch.user_data,
            "InstanceInitiatedShutdownBehavior": launch.shutdown,
            "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"},
            "TagSpecifications": [
                {"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume")
            ],
        }
        if launch.subnet:
            request["SubnetId"] = launch.subnet
        if launch.security_groups:
            request["SecurityGroupIds"] = list(launch.security_groups)
        if launch.key_name:
            request["KeyName"] = launch.key_name
        if launch.instance_profile:
            kind = "Arn" if launch.instance_profile.startswith("arn:") else "Name"
            request["IamInstanceProfile"] = {kind: launch.instance_profile}
        if market:
            request["InstanceMarketOptions"] = market
            # AWS refuses the behaviour "stop" for one-time spot requests.
            request["InstanceInitiatedShutdownBehavior"] = "terminate"
        with _sentences(self.account, launch):
            reservation = self.client.run_instances(**request)
        return _instance(reservation["Instances"][0], reservation)

    def describe(self, ids: Iterable[str]) -> dict[str, Instance]:
        """What EC2 knows of these instances, by id; forgotten ones are left out."""
        # A filter, for asking by id fails as a whole when one of them is forgotten.
        return self._find({"Name": "instance-id", "Values": sorted(set(ids))})

    def owned(self, site: str) -> list[Instance]:
        """The live instances in this region that carry the site's tag."""
        found = self._find(
            {"Name": f"tag:{SITE_TAG}", "Values": [site]},
            {"Name": "instance-state-name", "Values": list(LIVE_STATES)},
        )
        return list(found.values())

    def _find(self, *filters: dict[str, Any]) -> dict[str, Instance]:
        if not all(item["Values"] for item in filters):
            return {}
        found = {}
        with _sentences(self.account):
            pages = self.client.get_paginator("describe_instances").paginate(
                Filters=list(filters)
            )
            for page in pages:
                for reservation in page["Reservations"]:
                    for data in reservation["Instances"]:
                        instance = _instance(data, reservation)
                        found[instance.id] = instance
        return found

    def start(self, instance: str) -> None:
        """Start a stopped instance again."""
        with _sentences(self.account):
            self.client.start_instances(InstanceIds=[instance])

    def stop(self, instance: str) -> None:
        """Stop an instance and keep its disk. Stopping a stopped one is no error."""
        with _sentences(self.account):
            self.client.stop_instances(InstanceIds=[instance])

    def terminate(self, instance: str) -> None:
        """End an instance for good. One that is gone already is no error."""
        try:
            with _sentences(self.account):
                self.client.terminate_instances(InstanceIds=[instance])
        except CloudError as error:
            if error.code != "InvalidInstanceID.NotFound":
                raise


def _instance(data: dict[str, Any], reservation: dict[str, Any]) -> Instance:
    tags = {tag["Key"]: tag["Value"] for tag in data.get("Tags", ())}
    return Instance(
        id=data["InstanceId"],
        reservation=reservation.get("ReservationId", ""),
        state=data["State"]["Name"],
        why=data.get("StateReason", {}).get("Message", ""),
        launched=data["LaunchTime"].timestamp(),
        machine=tags.get(MACHINE_TAG, ""),
    )


_NO_SPOT = {
    "InsufficientInstanceCapacity",
    "MaxSpotInstanceCountExceeded",
    "SpotMaxPriceTooLow",
    "UnfulfillableCapacity",
}

_TRANSIENT = {
    "InternalError",
    "InternalFailure",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "Unavailable",
}

_BAD_KEY = (
    "AWS refused the access key{key}: check the machine's access key and secret key."
)

#: AWS's codes, as sentences. {message} is AWS's own text.
_SENTENCES = {
    "AuthFailure": _BAD_KEY,
    "InvalidClientTokenId": _BAD_KEY,
    "SignatureDoesNotMatch": _BAD_KEY,
    "UnrecognizedClientException": _BAD_KEY,
    "ExpiredToken": "The AWS credentials have expired: {message}",
    "OptInRequired": "The AWS account is not signed up for EC2 in {region}: {message}",
    "UnauthorizedOperation": "The access key{key} may not do this: {message}",
    "InvalidAMIID.NotFound": "There is no image {image} in the region {region}.",
    "InvalidAMIID.Unavailable": "The image {image} is not available in {region}.",
    "InvalidAMIID.Malformed": "{image} is not the id of an image (ami-...).",
    "InstanceLimitExceeded": "The account's quota of instances is used up: {message}",
    "VcpuLimitExceeded": "The account's quota of processors is used up: {message}",
    "InsufficientInstanceCapacity": "AWS has no {type} left in {region}: {message}",
    "InvalidInstanceType": "There is no instance type {type} in {region}.",
    "Unsupported": "The instance type {type} does not work here: {message}",
    "RequestLimitExceeded": "EC2 in {region} is asked too often; it is tried again.",
}


@contextmanager
def _sentences(account: Account, launch: Launch | None = None) -> Iterator[None]:
    where = account.endpoint_url or f"EC2 in {account.region}"
    try:
        yield
    except botocore.exceptions.ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        message = error.response.get("Error", {}).get("Message", "")
        sentence = _SENTENCES.get(code, "EC2 refused: {message} ({code})").format(
            message=message or "no reason given",
            code=code or "no code",
            region=account.region,
            key=f" {account.access_key}" if account.access_key else "",
            image=launch.image if launch else "",
            type=launch.instance_type if launch else "",
        )
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        transient = code in _TRANSIENT or (status >= 500 and code not in _NO_SPOT)
        raise CloudError(sentence, code, transient) from error
    except (
        botocore.exceptions.NoCredentialsError,
        botocore.exceptions.PartialCredentialsError,
    ) as error:
        raise CloudError(
            "There are no AWS credentials: give the machine an access key and a secret "
            "key, or the server a role.",
            "NoCredentials",
        ) from error
    except (
        botocore.exceptions.ConnectionError,
        botocore.exceptions.HTTPClientError,
    ) as error:
        raise CloudError(f"{where} can't be reached.", "Unreachable", True) from error
    except botocore.exceptions.ParamValidationError as error:
        raise CloudError(f"EC2 can't be asked this: {error}", "Invalid") from error
    except (botocore.exceptions.BotoCoreError, ValueError) as error:
        raise CloudError(f"{where} can't be asked: {error}", "Failed") from error
