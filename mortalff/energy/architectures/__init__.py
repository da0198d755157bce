"""Architectures as data: what learners take on them, in energy, time and silicon, with bands.

::

    card, net = load_card("ecram"), Net.of("784-500-500")
    plans = [
        Plan(load_architecture("ff_analog"), "ff", ff_settings, card, net),
        Plan(load_architecture("bp_analog"), "bp", bp_settings, card, net),
    ]
    comparison = compare(plans, Task(batch=100))
    comparison.ratio("ff on ff_analog", "bp on bp_analog")  # Price(low, value, high)

Settings are objects of the learners' own classes, told apart by their fields; so are schemes, which a plan may be given
for two arrays a layer.
"""

from mortalff.energy.architectures.area import Area, area
from mortalff.energy.architectures.bill import EnergyBill, bill_of_counts, energy_bill
from mortalff.energy.architectures.break_even import Corner, break_even
from mortalff.energy.architectures.comparison import Comparison, Cost, Entrant, compare
from mortalff.energy.architectures.draws import Draws
from mortalff.energy.architectures.duel import Duel, duels
from mortalff.energy.architectures.latency import Latency, latency
from mortalff.energy.architectures.load import built_in_architectures, load_architecture
from mortalff.energy.architectures.net import Net
from mortalff.energy.architectures.plan import Plan
from mortalff.energy.architectures.pulse_rates import PulseRates, pulse_rates
from mortalff.energy.architectures.schema import Architecture
from mortalff.energy.architectures.term import Factor, Term
from mortalff.energy.architectures.tornado import Swing, ratio_tornado, tornado
from mortalff.energy.architectures.transfers import Transfers, transfers
from mortalff.energy.architectures.two_array_rates import TwoArrayRates, two_array_rates
from mortalff.energy.architectures.work import PURPOSES, Purpose, Task, Work, work_for

__all__ = [
    "PURPOSES",
    "Architecture",
    "Area",
    "Comparison",
    "Corner",
    "Cost",
    "Draws",
    "Duel",
    "EnergyBill",
    "Entrant",
    "Factor",
    "Latency",
    "Net",
    "Plan",
    "PulseRates",
    "Purpose",
    "Swing",
    "Task",
    "Term",
    "Transfers",
    "TwoArrayRates",
    "Work",
    "area",
    "bill_of_counts",
    "break_even",
    "built_in_architectures",
    "compare",
    "duels",
    "energy_bill",
    "latency",
    "load_architecture",
    "pulse_rates",
    "ratio_tornado",
    "tornado",
    "transfers",
    "two_array_rates",
    "work_for",
]
