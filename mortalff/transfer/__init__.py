"""Transfer: teaching one chip's function to another, and measuring how much of it arrives."""

from mortalff.transfer.comparison import compare, measures
from mortalff.transfer.method import Lesson, Method, TransferResult
from mortalff.transfer.metrics import (
    accuracy,
    accuracy_kept,
    agreement,
    agreement_baseline,
    kl_divergence,
    same_wrong,
)
from mortalff.transfer.teach import METHODS, transfer

__all__ = [
    "METHODS",
    "Lesson",
    "Method",
    "TransferResult",
    "accuracy",
    "accuracy_kept",
    "agreement",
    "agreement_baseline",
    "compare",
    "kl_divergence",
    "measures",
    "same_wrong",
    "transfer",
]
