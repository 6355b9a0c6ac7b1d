"""Reads a page of HTML."""

from html.parser import HTMLParser

_EMPTY = ("meta", "link", "br", "input")


class Page(HTMLParser):
    """The elements of a page, with their attributes and the text in them."""

    def __init__(self, file):
        super().__init__()
        self.all, self.open = [], []
        self.feed(file.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        """Begin an element."""
        element = (tag, dict(attributes), [])
        self.all.append(element)
        if tag not in _EMPTY:
            self.open.append(element)

    def handle_endtag(self, tag):
        """End an element, and what was left open in it."""
        while self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        """Note a text in all open elements."""
        for _, _, text in self.open:
            text.append(data)

    def having(self, tag, attribute):
        """Return the values of an attribute of all elements of a kind that have it."""
        return [a[attribute] for name, a, _ in self.all if name == tag and attribute in a]

    def texts(self, tag):
        """Return the texts of all elements of a kind."""
        return [_joined(text) for name, _, text in self.all if name == tag]

    def text_of(self, id):
        """Return the text of the one element with an id."""
        (found,) = [text for _, attributes, text in self.all if attributes.get("id") == id]
        return _joined(found)


def _joined(text):
    return " ".join("".join(text).split())
