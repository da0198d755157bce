"""Cards from measurements: device laws fitted to the pulse responses of many devices.

The laws' equations stand here once more, in numpy and for many trial parameters at once; tests hold them equal to
those of ``mortalff.physics``, which hardware alone may import.
"""

from mortalff.fitting.fit_laws import MODELS, LawFit, Verdict, fit_laws, models_named
from mortalff.fitting.fitted_card import NAME, card_name, check_base, fitted_card
from mortalff.fitting.pulse_file import PulseFile, read_pulses
from mortalff.fitting.readings import Readings
from mortalff.fitting.words import provenance_text, table_of_laws, verdict_text

__all__ = [
    "MODELS",
    "NAME",
    "LawFit",
    "PulseFile",
    "Readings",
    "Verdict",
    "card_name",
    "check_base",
    "fit_laws",
    "fitted_card",
    "models_named",
    "provenance_text",
    "read_pulses",
    "table_of_laws",
    "verdict_text",
]
