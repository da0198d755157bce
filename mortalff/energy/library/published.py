"""Chips that were published, built again from components times counts: ISAAC, PUMA, NeuRRAM."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

from mortalff.cards import Card
from mortalff.energy.library.arrays import line_charge
from mortalff.energy.library.bill import Bill, Line, bill
from mortalff.energy.library.library import Library
from mortalff.energy.library.load import built_in_library
from mortalff.energy.library.price import Price, total
from mortalff.errors import InputError, message

ISAAC_TILES = 168
_ISAAC_ARRAYS, _ISAAC_ROWS, _ISAAC_IMAS = 8, 128, 12
_ISAAC_READ_S, _ISAAC_ADC_HZ = 1e-7, 1.2e9

_PUMA_ARRAYS, _PUMA_ROWS, _PUMA_INPUT_BITS = 8, 128, 16
_PUMA_FILL_STEPS = 2

_NEURRAM_ROWS = _NEURRAM_COLUMNS = 256
_NEURRAM_CELLS_PER_WEIGHT = 2
_NEURRAM_ONE_PHASE_BITS = 3
_DRIVEN_SHARE = 0.5


def isaac_ima(library: Library | None = None) -> Bill:
    """The power of one multiply-accumulate unit of ISAAC-CE (Shafiee et al., ISCA 2016), in W: 24.08 mW there."""
    return bill(_known(library), _isaac_ima_lines(), "W")


def isaac_tile(library: Library | None = None) -> Bill:
    """The power of one tile of ISAAC-CE, in W: twelve units and what they share; 329.8 mW there."""
    units = [replace(line, times=line.times * _ISAAC_IMAS) for line in _isaac_ima_lines()]
    return bill(_known(library), units + _isaac_tile_lines(), "W")


def isaac_chip(library: Library | None = None) -> Bill:
    """The power of the chip ISAAC-CE, in W: 168 tiles and the links; 65.8 W there."""
    units = [replace(line, times=line.times * _ISAAC_IMAS) for line in _isaac_ima_lines()]
    tiles = [replace(line, times=line.times * ISAAC_TILES) for line in units + _isaac_tile_lines()]
    return bill(_known(library), [*tiles, Line("network.hyper_transport.power", 1)], "W")


def _isaac_ima_lines() -> list[Line]:
    rows, each_read = _ISAAC_ARRAYS * _ISAAC_ROWS, 1.0 / _ISAAC_READ_S
    return [
        Line("adc.isaac.energy", _ISAAC_ARRAYS, rate_hz=_ISAAC_ADC_HZ),
        Line("driver.isaac.energy", rows, rate_hz=each_read),
        Line("hold.isaac.energy", rows, rate_hz=each_read),
        Line("array.isaac.energy", _ISAAC_ARRAYS, rate_hz=each_read),
        Line("digital.isaac_shift_add.power", 4),
        Line("memory.isaac_input_register.power", 1),
        Line("memory.isaac_output_register.power", 1),
    ]


def _isaac_tile_lines() -> list[Line]:
    return [
        Line("memory.isaac_edram.power", 1),
        Line("network.isaac_bus.power", 1),
        Line("network.isaac_router.power", 1 / 4),
        Line("digital.isaac_sigmoid.power", 2),
        Line("digital.isaac_shift_add.power", 1),
        Line("digital.isaac_max_pool.power", 1),
        Line("memory.isaac_tile_register.power", 1),
    ]


def puma_mvm(library: Library | None = None) -> Bill:
    """A matrix of 128 x 128 times a vector, both of 16 bits, in PUMA (Ankit et al., ASPLOS 2019), in J: 43.97 nJ there.

    The published power of 19.09 mW is not broken down. The components are those of the authors' simulator. That each
    of the eight arrays has a converter follows from the 2304 ns: 16 bits, and two steps to fill the pipeline, at 128
    conversions of 1 ns. One driver a row for all arrays, and four shift-and-adds as in ISAAC, are our reading.
    """
    known = _known(library)
    seconds = (_PUMA_INPUT_BITS + _PUMA_FILL_STEPS) * known["array.puma.time"].value
    lines = [
        Line("adc.puma.power", _PUMA_ARRAYS, seconds=seconds),
        Line("driver.puma.power", _PUMA_ROWS, seconds=seconds),
        Line("hold.puma.power", _PUMA_ARRAYS * _PUMA_ROWS, seconds=seconds),
        Line("array.puma.power", _PUMA_ARRAYS, seconds=seconds),
        Line("digital.puma_shift_add.power", 4, seconds=seconds),
    ]
    return bill(known, lines, "J")


def neurram_mvm(
    output_bits: int, input_bits: int, card: Card, library: Library | None = None
) -> Bill:
    """One product of all 256 x 256 cells of a NeuRRAM core and a vector (Wan et al., Nature 2022), in J.

    A signed input of n bits is sent as b = max(1, n - 1) ternary bits. For each bit, word lines are switched, driven
    lines charged, cells read and columns sampled; bit k is integrated 2^k times. Above three bits this happens in two
    phases of half the bits, which are converted one after the other, the second without the bits of the first. A
    conversion takes a step, with a shift and addition, for each bit. Steps after CiMLoop's model of the chip (Andrulis
    et al., ISPASS 2024), which fitted its neuron to the chip's measured energies.

    Args:
        output_bits: bits of a conversion, with sign, 2 to 12.
        input_bits: bits of an input, with sign, 1 to 10.
        card: prices the read of a cell (``energy.cell_read``) and says its voltage: ``rram_wan``, or one's own.
        library: prices neurons and lines; by default the built-in one.

    Returns:
        The bill. Half of the input bits are taken to be nonzero.

    Raises:
        InputError: bits out of range, or the card lacks that price or a read voltage.
    """
    steps = _neurram_steps(output_bits, input_bits)
    known = _known(library).with_card(card)
    word_v = known["line.neurram_word.voltage"].value
    read_v = known["card.cell.read_voltage"].value
    columns, driven = _NEURRAM_COLUMNS, steps.sent * _DRIVEN_SHARE
    cells = _NEURRAM_ROWS * columns
    lines = [
        Line("hold.neurram.energy", columns * steps.sent),
        Line("integrator.neurram.energy", columns * steps.integrations),
        Line("adc.neurram_step.energy", columns * steps.conversions),
        Line("digital.neurram_shift_add.energy", columns * steps.conversions),
        Line("card.cell_read.energy", cells * driven),
        Line("word lines", columns * steps.sent, each=line_charge(_NEURRAM_ROWS, word_v, known)),
        Line("ends of input lines", _NEURRAM_ROWS * driven, each=line_charge(0, read_v, known)),
    ]
    return bill(known, lines)


def neurram_tops_per_w(
    output_bits: int, input_bits: int, card: Card, library: Library | None = None
) -> Price:
    """What :func:`neurram_mvm` comes to in 10^12 operations a joule; a weight of two cells makes two operations.

    Raises:
        InputError: as :func:`neurram_mvm`.
    """
    weights = _NEURRAM_ROWS * _NEURRAM_COLUMNS / _NEURRAM_CELLS_PER_WEIGHT
    spent = neurram_mvm(output_bits, input_bits, card, library).total
    return Price(
        *(2.0 * weights / joules * 1e-12 for joules in (spent.high, spent.value, spent.low))
    )


def neurram_seconds(output_bits: int, input_bits: int, library: Library | None = None) -> Price:
    """How long the product of :func:`neurram_mvm` takes, in s: phases, integrations and steps of a conversion, in turn.

    Raises:
        InputError: bits out of range.
    """
    steps, known = _neurram_steps(output_bits, input_bits), _known(library)
    return total(
        (
            known.price("hold.neurram.time") * steps.phases,
            known.price("integrator.neurram.time") * steps.integrations,
            known.price("adc.neurram_step.time") * steps.conversions,
        )
    )


class _Steps(NamedTuple):
    """What a column of NeuRRAM does in a product: bits sent, phases, integrations, steps of conversions."""

    sent: int
    phases: int
    integrations: int
    conversions: int


def _neurram_steps(output_bits: int, input_bits: int) -> _Steps:
    for name, bits, least, most in (
        ("output bits", output_bits, 2, 12),
        ("input bits", input_bits, 1, 10),
    ):
        if not (isinstance(bits, int) and least <= bits <= most):
            right = f"give {least} to {most}"
            raise InputError(message(name, bits, "the model is of other bits", right))
    sent = max(1, input_bits - 1)
    phases = [sent] if sent <= _NEURRAM_ONE_PHASE_BITS else [math.ceil(sent / 2), sent // 2]
    integrations = sum(2**bits - 1 for bits in phases)
    conversions = sum(max(output_bits - sum(phases[:done]), 0) for done in range(len(phases)))
    return _Steps(sent, len(phases), integrations, conversions)


def _known(library: Library | None) -> Library:
    return built_in_library() if library is None else library
