"""Reports: one HTML page from a study's store, or of a comparison by energy, with figures and tables."""

from mortalff.report.comparison.page import write_comparison
from mortalff.report.write import YIELD_ERROR, write_report

__all__ = ["YIELD_ERROR", "write_comparison", "write_report"]
