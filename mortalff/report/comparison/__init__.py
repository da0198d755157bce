"""Learners on architectures compared, as a page; and the words that page and terminal share."""
