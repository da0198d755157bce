"""Energy to accuracy: actions that trainings counted up to the epoch that showed it, priced on architectures."""

from mortalff.report.reach.offers import NoOffer, Offer, offers_for
from mortalff.report.reach.reaches import TARGETS, Reach, Reaches, Way, reaches
from mortalff.report.reach.table import ReachRow, reach_rows, reach_sentences

__all__ = [
    "TARGETS",
    "NoOffer",
    "Offer",
    "Reach",
    "ReachRow",
    "Reaches",
    "Way",
    "offers_for",
    "reach_rows",
    "reach_sentences",
    "reaches",
]
