"""What crosses between Blender and the installer survives its line, each kind in its own way."""

import pytest

from core.errors import WorkerError
from core.files.json_lines import line_of
from core.install import messages
from core.install.messages import event_from_line, request_from_line, runtime_from_line

RUNTIME = messages.Runtime(
    python="/home/Zoë/模型/bin/python",
    version="3.12.1",
    torch="2.9+cpu",
    devices=("cuda", "cpu"),
    device_name="Card",
    memory_bytes=8_000_000_000,
    disk_bytes=None,
)
REQUESTS = (
    messages.Install("/rt", "cuda", ""),
    messages.InstallBundle("/rt", "/bundle", "/models"),
    messages.Probe("/usr/bin/python3"),
    messages.Tidy("/rt", everything=True),
)
EVENTS = (
    messages.Progress("Unpacking", 0.5, None),
    messages.Progress("Unpacking", 0.5, 3.25),
    RUNTIME,
    messages.Tidied(2),
    messages.Refused("the disk is full; free some space"),
    messages.Abandoned(),
)


@pytest.mark.parametrize("request_", [*REQUESTS, messages.Cancel()])
def test_a_request_survives_its_line(request_):
    assert request_from_line(line_of(request_)) == request_


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_survives_its_line(event):
    assert event_from_line(line_of(event)) == event


def test_a_runtime_is_read_where_nothing_else_is_allowed():
    assert runtime_from_line(line_of(RUNTIME)) == RUNTIME
    with pytest.raises(WorkerError, match="unknown kind 'tidied'"):
        runtime_from_line(line_of(messages.Tidied(0)))


def test_neither_side_takes_the_words_of_the_other():
    for each in (*REQUESTS, messages.Cancel()):
        with pytest.raises(WorkerError, match=f"unknown kind '{each.kind}'"):
            event_from_line(line_of(each))
    for each in EVENTS:
        with pytest.raises(WorkerError, match=f"unknown kind '{each.kind}'"):
            request_from_line(line_of(each))
