"""moto's EC2 of one AWS account, with the checks of AWS that moto lacks.

This module imports moto, which takes a second or two: import it when it is needed.
"""

from base64 import b64decode
from collections.abc import Callable
from collections.abc import Iterable
from functools import partial
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.exceptions import InvalidAMIIdError
from moto.ec2.exceptions import MissingParameterError
from moto.ec2.models import ec2_backends
from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import Ami
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS
from moto.ec2.models.instances import Instance
from moto.ec2.models.instances import InstanceState
from moto.ec2.models.instances import Reservation
from moto.server import create_backend_app  # type: ignore[attr-defined]
from typing import Any
from typing import cast
from werkzeug.wrappers import Response
import os
import secrets


#: Bytes of user data that EC2 accepts.
USER_DATA_LIMIT = 16384
#: The client token that moto makes up for a launch without one.
NO_TOKEN = "ABCDE"  # noqa: S105


class MotoAccount:
    """An account of its own in moto, whose state belongs to the whole process.

    `names` are the regions to serve, None stands for all that moto knows. `image_id`
    is the one image, in every region. `reboot` is called with the id of an instance
    that is to be rebooted. Nothing here is made for threads.

    Raises ValueError for a region that moto does not know.
    """

    def __init__(
        self, names: Iterable[str] | None, image_id: str, reboot: Callable[[str], None]
    ) -> None:
        known = [region.name for region in EC2Backend.regions]
        self.names = known if names is None else list(names)
        if unknown := set(self.names).difference(known):
            raise ValueError(f"Unknown regions: {', '.join(sorted(unknown))}")
        # moto prefers this variable to what a request says.
        self.id = os.environ.get("MOTO_ACCOUNT_ID", f"{secrets.randbelow(10**12):012}")
        self._regions = cast(Any, ec2_backends[self.id])
        self._regions.regions = self.names
        self._regions.backend = partial(
            Region, names=self.names, image_id=image_id, reboot=reboot
        )
        self._app = create_backend_app("ec2")

    def answer(self, environ: dict[str, Any]) -> Response:
        """moto's answer to a WSGI request; raises whatever moto raises."""
        if ec2_backends.get(self.id) is not self._regions:
            # Another user of moto in this process has cleared everything.
            ec2_backends[self.id] = self._regions
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self.id
        environ["HTTP_USER_AGENT"] = ""  # where moto would look for a region first
        return Response.from_app(self._app, environ, buffered=True)

    def instances(self) -> dict[str, Instance]:
        """The instances of all regions by id, the terminated ones too."""
        return {
            instance.id: instance
            for region in self._regions.values()
            for instance in region.all_instances()
        }

    def close(self) -> None:
        """Forgets the account."""
        ec2_backends.pop(self.id, None)


class Region(EC2Backend):
    """moto's model of a region."""

    def __init__(
        self,
        region_name: str,
        account_id: str,
        names: Iterable[str],
        image_id: str,
        reboot: Callable[[str], None],
    ) -> None:
        self._image_id = image_id
        self._reboot = reboot
        self._launches: dict[str, tuple[str, Reservation]] = {}
        super().__init__(region_name, account_id)
        self.regions = [region for region in EC2Backend.regions if region.name in names]

    def reset(self) -> None:
        """Keeps everything: another user of moto in this process starts anew, not we.

        moto calls this for all that it holds.
        """

    def _load_amis(self) -> None:
        """Our one image instead of moto's 1,301, which are slow to load and list."""
        self.amis[self._image_id] = Ami(
            self,
            self._image_id,
            name="mwsvm-demo",
            description="Executes its user data on the computer of the embedded EC2",
            owner_alias="amazon",
            public=True,
            virtualization_type="hvm",
            architecture="x86_64",
            hypervisor="xen",
            root_device_type="ebs",
        )

    def run_instances(
        self,
        image_id: str,
        count: int,
        user_data: Any,
        security_group_names: list[str],
        **kwargs: Any,
    ) -> Reservation:
        arguments = (image_id, count, user_data, security_group_names)
        request = repr((arguments, kwargs))
        token = kwargs.get("client_token") or NO_TOKEN
        if token in self._launches:
            earlier, reservation = self._launches[token]
            if earlier == request:
                return reservation
            raise EC2ClientError(
                "IdempotentParameterMismatch",
                "The client token was used with other parameters before",
            )
        self._check_image(image_id, kwargs.get("launch_template"))
        if not kwargs.get("is_instance_type_default"):
            self._check_type(kwargs.get("instance_type"))
        if len(decoded(user_data)) > USER_DATA_LIMIT:
            raise EC2ClientError(
                "InvalidParameterValue",
                f"User data is limited to {USER_DATA_LIMIT} bytes",
            )
        reservation = super().run_instances(*arguments, **kwargs)
        if token != NO_TOKEN:
            self._launches[token] = request, reservation
        return reservation

    def _check_image(self, image_id: str, template: dict[str, Any] | None) -> None:
        if not image_id and template:
            image_id = self._get_template_from_args(template).image_id
        if not image_id:
            raise MissingParameterError("ImageId")
        if not self.describe_images(ami_ids=[image_id]):
            raise InvalidAMIIdError(image_id)

    def _check_type(self, wanted: str | None) -> None:
        offers = INSTANCE_TYPE_OFFERINGS["region"].get(self.region_name, ())
        if offers and not any(offer["InstanceType"] == wanted for offer in offers):
            raise EC2ClientError(
                "InvalidParameterValue", f"Invalid value '{wanted}' for InstanceType."
            )

    def start_instances(
        self, instance_ids: list[str]
    ) -> list[tuple[Instance, InstanceState]]:
        self._refuse_terminated(instance_ids, "started")
        return super().start_instances(instance_ids)

    def stop_instances(
        self, instance_ids: list[str]
    ) -> list[tuple[Instance, InstanceState]]:
        self._refuse_terminated(instance_ids, "stopped")
        return super().stop_instances(instance_ids)

    def reboot_instances(self, instance_ids: list[str]) -> list[Instance]:
        instances = self.get_multi_instances_by_id(instance_ids)
        running = [instance.id for instance in instances if instance.is_running()]
        for name in running:
            self._reboot(name)
        return super().reboot_instances(running)

    def _refuse_terminated(self, instance_ids: list[str], verb: str) -> None:
        for instance in self.get_multi_instances_by_id(instance_ids):
            if instance.state == "terminated":
                raise EC2ClientError(
                    "IncorrectInstanceState",
                    f"The instance '{instance.id}' is not in a state from which "
                    f"it can be {verb}.",
                )


def decoded(user_data: object) -> bytes:
    """The user data that moto keeps in base64; empty for none or no base64."""
    try:
        return b64decode(str(user_data or ""))
    except ValueError:
        return b""


def shut_down(instance: Instance) -> None:
    """Ends an instance as AWS does when its machine halts: terminated or stopped."""
    if instance.instance_initiated_shutdown_behavior == "terminate":
        instance.terminate()
    else:
        instance.stop()
    code = "Client.InstanceInitiatedShutdown"
    instance.state_reason.code = code
    instance.state_reason.message = f"{code}: Instance initiated shutdown"
