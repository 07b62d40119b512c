"""The log of a batch: what is written is read again, and nothing else is believed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.batch.log import LOG_NAME, BatchLog, Entry
from core.errors import FREE_DISK, InputError

ASKED = Entry("sub/chair.png", "started", "sub_chair.glb", "ab12", 3, {"resolution": 64})
DONE = replace(ASKED, status="done", written=("sub_chair.glb",), seconds={"total": 1.5})


def test_what_was_done_is_known_again(tmp_path: Path) -> None:
    log = BatchLog(tmp_path)
    for entry in (ASKED, DONE):
        log.append(entry)
    for each in (log, BatchLog(tmp_path)):
        assert each.done(ASKED, {}).written == ("sub_chair.glb",)
        assert each.outputs == {"sub/chair.png": "sub_chair.glb"}


@pytest.mark.parametrize(
    "other",
    [
        {"input": "chair.png"},
        {"hash": "cd34"},
        {"seed": 4},
        {"settings": {"resolution": 128}},
        {"settings": {"resolution": 64, "category": "chair"}},
    ],
)
def test_another_input_content_seed_or_setting_is_not_done(tmp_path: Path, other: dict) -> None:
    log = BatchLog(tmp_path)
    log.append(DONE)
    assert log.done(replace(ASKED, **other), {}) is None


def test_the_last_line_counts(tmp_path: Path) -> None:
    log = BatchLog(tmp_path)
    for status in ("done", "started", "failed"):
        log.append(replace(DONE, status=status))
    assert log.done(ASKED, {}) is None
    log.append(DONE)
    assert BatchLog(tmp_path).done(ASKED, {}) is not None


def test_a_start_without_an_end_is_not_done_but_owns_its_name(tmp_path: Path) -> None:
    BatchLog(tmp_path).append(ASKED)
    log = BatchLog(tmp_path)
    assert log.done(ASKED, {}) is None
    assert log.outputs == {"sub/chair.png": "sub_chair.glb"}


def test_a_line_says_what_there_is_to_say(tmp_path: Path) -> None:
    log = BatchLog(tmp_path)
    log.append(DONE)
    log.append(replace(ASKED, status="failed", error="it is blank"))
    done, failed = [json.loads(line) for line in log.path.read_text().splitlines()]
    assert done["seconds"] == {"total": 1.5}
    assert (failed["error"], failed["seed"]) == ("it is blank", 3)
    assert "error" not in done
    assert "confidence" not in done
    assert done["time"].endswith("+00:00")


GARBAGE = [
    b"",
    b"null",
    b"[1, 2]",
    b"{}",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"input": "a.png", "status": "done"}',
    json.dumps({"input": 1, "status": "done", "output": "", "hash": "", "seed": 0}).encode(),
]


@pytest.mark.parametrize("line", GARBAGE, ids=range(len(GARBAGE)))
def test_of_a_damaged_line_nothing_is_believed(tmp_path: Path, line: bytes) -> None:
    log = BatchLog(tmp_path)
    log.append(DONE)
    with log.path.open("ab") as file:
        file.write(line + b"\n")
    assert BatchLog(tmp_path).done(ASKED, {}) is not None
    assert list(BatchLog(tmp_path).outputs) == ["sub/chair.png"]


def test_a_line_that_was_cut_short_does_not_spoil_the_next(tmp_path: Path) -> None:
    log = BatchLog(tmp_path)
    log.append(DONE)
    whole = log.path.read_bytes()
    log.path.write_bytes(whole + whole[: len(whole) // 2])
    again = BatchLog(tmp_path)
    other = replace(DONE, input="lamp.png", output="lamp.glb")
    again.append(other)
    read = BatchLog(tmp_path)
    assert set(read.outputs) == {"sub/chair.png", "lamp.png"}
    assert read.done(replace(ASKED, input="lamp.png"), {}) is not None


def test_a_full_disk_is_said_and_the_next_line_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = BatchLog(tmp_path)

    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("os.fsync", refuse)
        with pytest.raises(InputError, match=r"cannot be written \(No space left") as caught:
            log.append(DONE)
    assert caught.value.remedy == FREE_DISK
    log.append(replace(DONE, input="lamp.png"))
    assert "lamp.png" in BatchLog(tmp_path).outputs


def test_a_log_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / LOG_NAME).mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        BatchLog(tmp_path)


def test_a_setting_that_the_log_does_not_know_had_its_default(tmp_path: Path) -> None:
    log = BatchLog(tmp_path)
    log.append(DONE)
    for value, is_done in (("old", True), ("new", False)):
        asked = replace(ASKED, settings={**ASKED.settings, "later": value})
        assert (log.done(asked, {"later": "old"}) is not None) is is_done
    assert log.done(ASKED, {name: "other" for name in ASKED.settings}) is not None
