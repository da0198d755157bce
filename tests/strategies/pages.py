"""HTML pages read back, for tests."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_VOID = {"meta", "br", "link", "img", "input", "hr", "col"}


class Page(HTMLParser):
    """Everything on a page: elements with attributes, text by element, ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text = ""
        self.cells: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data
        if {"td", "th"} & {*self.open}:
            self.cells[-1] += data

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def assert_nothing_is_fetched(html: str) -> None:
    """A page asks nothing of anywhere, and runs nothing."""
    page = Page(html)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "base", "image", "img"}
    for _, attributes in page.elements:
        assert not {"src", "srcset", "data", "action", "poster"} & {*attributes}
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("href", "#").startswith("#")
    assert re.findall(r"url\((?!#)", html) == []
    assert "@import" not in html
    assert "@font-face" not in html
    assert re.findall(r"https?://", html) == []


def assert_well_formed(page: Page) -> None:
    """All is closed, ids are there once, and what is referred to is there."""
    assert page.open == []
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    used = [a["href"][1:] for _, a in page.elements if a.get("href", "").startswith("#")]
    assert used
    assert set(used) <= set(ids)
