"""The models of the library: what depends on parameters, by which equation, and from where."""

from __future__ import annotations

from typing import NamedTuple


class ModelNote(NamedTuple):
    """A model: the kind of component it is of, the function, its equation, and its source."""

    kind: str
    call: str
    equation: str
    source: str


MODELS = (
    ModelNote(
        "adc",
        "adc_models.adc_price",
        "reference regression on bits, node and rate, node clamped at 22 nm or not; a survey's quantiles; comparators"
        " up to 3 bits",
        "Andrulis et al., arXiv 2404.06553; Murmann, ADC Performance Survey, rev. 2025-06-09",
    ),
    ModelNote(
        "dac",
        "library.analog.capacitive_dac",
        "energy of 8 bits x 2^(bits - 8)",
        "capacitors double with each bit; derived",
    ),
    ModelNote(
        "driver",
        "library.analog.serial_driver",
        "energy of one bit x bits",
        "Shafiee et al., ISCA 2016",
    ),
    ModelNote(
        "hold",
        "library.analog.sample_hold",
        "at least 12 kT 2^(2 bits): C = 12 kT 2^(2 bits) / V^2 charged once",
        "noise kT/C no more than rounding's; derived",
    ),
    ModelNote(
        "line",
        "library.arrays.line_charge",
        "C V^2, C = cells x line.cell + line.end",
        "Wan et al., Nature 2022",
    ),
    ModelNote(
        "device",
        "library.arrays.read, device_read, device_energy",
        "sum of V^2 G t over cells, and C V^2 of input lines; a pulse is V^2 G t",
        "Ohm's law",
    ),
    ModelNote(
        "digital",
        "library.arithmetic.operation, mac",
        "power law in bits through 8 and 32; node by a V^2 + b V + c",
        "Horowitz, ISSCC 2014; Stillmaker and Baas, Integration 58, 74 (2017)",
    ),
    ModelNote(
        "memory",
        "library.memory.sram, dram",
        "logarithms of size and node interpolated between 8 KB and 1 MB, 45 and 7 nm; proportional to width",
        "Horowitz, ISSCC 2014, and figures of 7 nm",
    ),
    ModelNote(
        "processor",
        "library.arithmetic.processor",
        "energy at the peak / utilisation",
        "data sheets",
    ),
)
"""Functions below ``mortalff.energy`` that price what one constant cannot."""
