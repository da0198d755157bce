"""Reports: one HTML page from a study's store, with figures and tables."""

from mortalff.report.write import YIELD_ERROR, write_report

__all__ = ["YIELD_ERROR", "write_report"]
