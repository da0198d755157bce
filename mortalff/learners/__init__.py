"""Learners: training procedures, each declaring what it needs of hardware."""

from mortalff.learners.base import Learner
from mortalff.learners.bp import BP, BPSettings
from mortalff.learners.ff import FF
from mortalff.learners.ff_settings import FFSettings
from mortalff.learners.history import EpochRecord
from mortalff.learners.settings import Settings

__all__ = ["BP", "FF", "BPSettings", "EpochRecord", "FFSettings", "Learner", "Settings"]
