"""A check for learners that work on activities as numbers."""

from __future__ import annotations

from mortalff.errors import InputError, message
from mortalff.networks.network import Network


def require_digital_activities(network: Network, why: str) -> None:
    """Check that activities pass between layers as numbers.

    Args:
        network: whose activities.
        why: what the learner needs them for, as the rule in the message.

    Raises:
        InputError: they stay voltages.
    """
    if network.activities.name != "digital":
        right = "build the network with activities='digital'"
        raise InputError(message("activities", network.activities.name, why, right))
