"""What can go wrong with the embedded cloud; each error's text is a sentence for a person at a terminal."""

from chalicelib.kernel.errors import ShouwangError


class CloudError(ShouwangError):
    """The embedded cloud did not start, or is not as it must be."""

    code = "cloud_failed"


class HomeInUseError(CloudError):
    """Another run holds this home."""

    code = "home_in_use"


class DeployError(CloudError):
    """The stack could not be deployed into the embedded cloud."""

    code = "deploy_failed"
