"""The badge of a result: what was counted, and a button for every fault alone."""

from types import SimpleNamespace

import pytest

from ..layouts import Layout

pytestmark = pytest.mark.blender


class Buttons(Layout):
    """Remembers the faults that a button selects as well."""

    def __init__(self, drawn=None, faults=None):
        super().__init__(drawn)
        self.faults = [] if faults is None else faults

    def operator(self, name, text="", **_):
        button = SimpleNamespace()
        if name == "isoform.select_faults":
            self.faults.append((text, button))
        return button


@pytest.fixture
def drawn(isoform, bowl, context):
    """Draws the panel for a bowl of which so much was counted."""
    import bpy

    def draw(**counted):
        thing = bowl()
        if counted:
            found = isoform.quality.count(thing.data)
            thing[isoform.quality.KEY] = found | counted
        panel = SimpleNamespace(layout=Buttons())
        place = SimpleNamespace(active_object=thing, **vars(context))
        isoform.panel_result.ISOFORM_PT_result.draw(panel, place)
        bpy.data.objects.remove(thing)
        return panel.layout

    return draw


def test_what_was_never_counted_has_no_badge(drawn):
    layout = drawn()
    assert (layout.drawn, layout.faults) == ([], [])


def test_a_bowl_is_not_closed_and_its_rim_can_be_selected(drawn):
    layout = drawn(triangles=10)
    assert layout.drawn[0] == ("ERROR", "Not closed")
    ((text, button),) = layout.faults
    assert (text, button.fault) == ("Open Edges: 4", "open_edges")


def test_every_fault_has_a_button_and_one_piece_is_none(drawn):
    layout = drawn(closed=0, pieces=3, open_edges=0, crowded_edges=1200, flipped_edges=7)
    told = {button.fault: text.rsplit(": ", 1)[1] for text, button in layout.faults}
    assert told == {"pieces": "2", "crowded_edges": "1,200", "flipped_edges": "7"}
    whole = drawn(closed=1, pieces=1, open_edges=0)
    assert whole.faults == []
    assert whole.drawn[0] == ("CHECKMARK", "Closed")


def test_how_much_was_invented_is_said_of_completions_alone(drawn):
    said = "{} % of the vertices are invented"
    assert ("BLANK1", said.format(26)) in drawn(invented=0.256).drawn
    assert not any("invented" in text for _, text in drawn(triangles=10).drawn)


def test_a_mesh_that_has_changed_since_is_said(drawn):
    stale = "The mesh has changed since it was checked"
    assert drawn(faces=3).sentences("INFO") == [stale]
    assert drawn(triangles=10).sentences("INFO") == []


def test_the_panel_is_there_for_what_was_counted_or_made_by_isoform(isoform, bowl):
    poll = isoform.panel_result.ISOFORM_PT_result.poll
    thing = bowl()
    assert not poll(SimpleNamespace(active_object=None))
    assert not poll(SimpleNamespace(active_object=thing))
    thing["isoform_settings"] = "{}"
    assert poll(SimpleNamespace(active_object=thing))
