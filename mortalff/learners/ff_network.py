"""What Forward-Forward's settings ask of a network: layers that are there, and images where images are moved."""

from __future__ import annotations

from mortalff.errors import InputError, message
from mortalff.networks.shapes import ImageShape


def first_read_out(wanted: int, there: int, default: int = 1) -> int:
    """Position, from 0, of the first layer that is read out.

    Args:
        wanted: its number, from 1.
        there: number of layers.
        default: the number that is wanted where nobody said any; in a shallower network it means the last layer.

    Raises:
        InputError: there is no such layer.
    """
    if wanted > there and wanted != default:
        rule, right = f"the network has {there} layers", f"give a number from 1 to {there}"
        raise InputError(message("readout_from_layer", wanted, rule, right))
    return min(wanted, there) - 1


def rates_of_layers(shares: tuple[float, ...], there: int) -> tuple[float, ...]:
    """Each layer's share of the rate, all 1 if left out.

    Raises:
        InputError: there are not as many layers.
    """
    rates = shares or (1.0,) * there
    if len(rates) != there:
        rule, right = f"the network has {there} layers", f"give {there} shares, or none"
        raise InputError(message("layer_rates", rates, rule, right))
    return rates


def check_moved(shift: int, image_shape: ImageShape) -> None:
    """Check that what is moved are images.

    Raises:
        InputError: they are numbers that are none.
    """
    if shift > 0 and image_shape[0] == 1:
        rule = f"images are moved, and the data are rows of {image_shape[1]} numbers"
        raise InputError(message("shift", shift, rule, "leave it out"))
