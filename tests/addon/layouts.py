"""Layouts of panels that tell what was drawn."""

from types import SimpleNamespace


class Layout:
    """Remembers the labels that are drawn into it or into parts of it."""

    def __init__(self, drawn=None):
        self.drawn = [] if drawn is None else drawn

    def column(self, align=False):
        return Layout(self.drawn)

    box = row = split = column

    def label(self, text="", icon="NONE", translate=True):
        self.drawn.append((icon, text))

    def operator(self, *_, **__):
        return SimpleNamespace()

    progress = template_list = separator = operator

    def sentences(self, start):
        """The texts that begin at a label with the icon `start`, their lines joined."""
        found = []
        for icon, text in self.drawn:
            if icon == start:
                found.append(text)
            elif icon == "BLANK1" and found:
                found[-1] += f" {text}"
        return found
