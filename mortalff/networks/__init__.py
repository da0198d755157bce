"""Networks: layers on hardware with normalisation between them."""

from mortalff.networks.label import embed_label, embed_neutral
from mortalff.networks.layer import Layer
from mortalff.networks.local import LocalFields
from mortalff.networks.network import Network
from mortalff.networks.normalise import rms_normalise
from mortalff.networks.recurrent import RecurrentNetwork

__all__ = [
    "Layer",
    "LocalFields",
    "Network",
    "RecurrentNetwork",
    "embed_label",
    "embed_neutral",
    "rms_normalise",
]
