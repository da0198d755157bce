"""Networks: layers on hardware with normalisation between them."""

from mortalff.networks.label import embed_label, embed_neutral
from mortalff.networks.layer import Layer
from mortalff.networks.network import Network
from mortalff.networks.normalise import rms_normalise

__all__ = ["Layer", "Network", "embed_label", "embed_neutral", "rms_normalise"]
