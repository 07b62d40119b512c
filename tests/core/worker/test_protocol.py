"""Messages survive their bytes; anything else is refused in one sentence."""

import json
import typing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import WorkerError
from core.operations.settings import Correction
from core.worker import protocol
from tests.core.worker.answers import COMPLETED, FINISHED

RECONSTRUCT = protocol.Reconstruct(
    job="7",
    folder="/jobs/7",
    pictures=("chaise é.png", "椅子.png"),
    category="auto",
    resolution=128,
    target_faces=None,
    seed=0,
    size_m=1.5,
    model="starter",
    device="auto",
)
COMPLETE = protocol.Complete(
    job="8",
    folder="/jobs/8",
    mesh="/jobs/8/mesh.npz",
    category="auto",
    pose="auto",
    keep="exact",
    hypotheses=2,
    empty="none",
    noise=None,
    resolution=128,
    seed=0,
    model="starter",
    device="auto",
)
MATTE = protocol.Matte(
    job="9",
    folder="/jobs/9",
    picture="front.png",
    correction=Correction((0.25, 0.0, 0.0, 0.5), True, -2),
    model="starter",
    device="auto",
)
MATTED = protocol.Matted("9", "/jobs/9/cut_out.png", 0.25, False, 2, {"inputs": 0.5})


@pytest.mark.parametrize(
    "request_",
    [
        *(RECONSTRUCT, COMPLETE, replace(COMPLETE, noise=0.01), MATTE),
        replace(RECONSTRUCT, corrections=(MATTE.correction, Correction())),
        *(protocol.Cancel("7"), protocol.Unload(), protocol.Ping(), protocol.Quit()),
    ],
)
def test_a_request_survives_its_line(request_):
    line = protocol.to_line(request_)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert protocol.request_from_line(line) == request_


@pytest.mark.parametrize(
    "event",
    [
        protocol.Ready({"Python": "3.11.9"}),
        protocol.Loaded("7", "cuda:0"),
        protocol.Heartbeat(),
        protocol.StageProgress("7", "surface", 0.5, None),
        protocol.StageProgress("7", "surface", 0.5, 1.5),
        FINISHED,
        MATTED,
        COMPLETED,
        replace(COMPLETED, hypotheses=(), unchanged=True),
        protocol.Failed("7", "the picture is empty\nreally", "", ""),
        protocol.Stopped("7"),
    ],
)
def test_an_event_survives_its_line(event):
    assert protocol.event_from_line(protocol.to_line(event)) == event


def test_kinds_are_those_of_the_protocol():
    names = {each.kind for each in protocol.REQUESTS}
    assert names == {"reconstruct", "complete", "matte", "cancel", "unload", "ping", "quit"}
    names = {each.kind for each in typing.get_args(protocol.Event)}
    ends = {"result", "completed", "matted", "error", "cancelled"}
    assert names == {"ready", "loaded", "heartbeat", "progress", *ends}


def test_an_integer_is_read_where_a_float_is_expected():
    line = b'{"kind": "progress", "job": "7", "stage": "a", "fraction": 1, "eta_s": 2}'
    event = protocol.event_from_line(line)
    assert event == protocol.StageProgress("7", "a", 1.0, 2.0)
    assert isinstance(event.fraction, float)


@given(st.binary(max_size=80))
def test_garbage_is_refused_with_a_sentence(line):
    with pytest.raises(WorkerError, match="cannot be read"):
        protocol.request_from_line(line)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[1]", "no JSON object"),
        (b"[" * 100_000, "no JSON"),
        (b'{"job": "7"}', "unknown kind None"),
        (b'{"kind": "explode"}', "unknown kind 'explode'"),
        (b'{"kind": ["ping"]}', "unknown kind"),
        (b'{"kind": "cancel"}', "missing job"),
        (b'{"kind": "ping", "loud": true}', "unknown loud"),
        (b'{"kind": "cancel", "job": 7}', "7 where <class 'str'> was expected"),
    ],
)
def test_a_line_that_is_no_request_says_why(line, why):
    with pytest.raises(WorkerError, match=why):
        protocol.request_from_line(line)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("resolution", True),
        ("resolution", 12.5),
        ("resolution", None),
        ("pictures", "a.png"),
        ("pictures", [1]),
        ("target_faces", "many"),
    ],
)
def test_a_field_of_another_type_is_refused(name, value):
    values = json.loads(protocol.to_line(RECONSTRUCT)) | {name: value}
    with pytest.raises(WorkerError, match="was expected"):
        protocol.request_from_line(json.dumps(values).encode())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"pose": "sideways"}, "'sideways' where one of auto, upright, canonical was expected"),
        ({"hypotheses": 9}, "hypotheses must be 1 to 8; found 9"),
        ({"resolution": 4}, "the resolution must lie between 8 and 1024; found 4"),
        ({"noise": -0.5}, r"the noise must be a length of 0 or more; found -0\.5"),
    ],
)
def test_a_value_that_is_not_declared_is_refused(change, why):
    values = json.loads(protocol.to_line(COMPLETE)) | change
    with pytest.raises(WorkerError, match=f"a message .* cannot be read .*{why}"):
        protocol.request_from_line(json.dumps(values).encode())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"code": [1, None]}, "None where <class 'float'> was expected"),
        ({"closed": 1}, "1 where <class 'bool'> was expected"),
        ({"extra": 1}, "unknown extra"),
    ],
)
def test_a_message_inside_a_message_is_held_to_its_fields(change, why):
    values = json.loads(protocol.to_line(COMPLETED))
    values["hypotheses"][1] |= change
    with pytest.raises(WorkerError, match=why):
        protocol.event_from_line(json.dumps(values).encode())
    values["hypotheses"] = ["hypothesis_1.npz"]
    with pytest.raises(WorkerError, match=r"'hypothesis_1\.npz' where .*Hypothesis.* was expected"):
        protocol.event_from_line(json.dumps(values).encode())


def test_an_event_with_nan_is_neither_written_nor_read():
    with pytest.raises(ValueError, match="JSON"):
        protocol.to_line(protocol.StageProgress("7", "a", float("nan"), None))
    line = b'{"kind": "progress", "job": "7", "stage": "a", "fraction": NaN, "eta_s": null}'
    with pytest.raises(WorkerError, match="NaN is not allowed"):
        protocol.event_from_line(line)
