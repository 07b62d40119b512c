"""What is asked of a Python: the modules that it lacks, and the devices that really compute."""

import json
import sys
from types import ModuleType, SimpleNamespace

import pytest

from core.install import probe


class Number(float):
    """A tensor of one entry."""

    def add(self, more: float) -> "Number":
        return Number(self + more)

    def sum(self) -> "Number":
        return self


def torch_with(*devices: str, wrong: str = "") -> SimpleNamespace:
    """A torch that computes on those devices, and on one of them wrongly."""

    def zeros(_count: int, device: str) -> Number:
        if device not in devices:
            raise RuntimeError(f"no {device}. More about it\nand more")
        return Number(7 if device == wrong else 0)

    card = SimpleNamespace(name="Card", total_memory=8e9)
    return SimpleNamespace(
        __version__="2.9",
        zeros=zeros,
        cuda=SimpleNamespace(get_device_properties=lambda _number: card),
        mps=SimpleNamespace(recommended_max_memory=lambda: 16e9),
    )


def test_devices_are_told_fastest_first_with_the_memory_of_the_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = probe.computing(torch_with("cpu", "cuda"))
    assert found == {
        **{"torch": "2.9", "devices": ["cuda", "cpu"]},
        **{"device_name": "Card", "memory_bytes": 8_000_000_000},
    }
    assert capsys.readouterr().err == "xpu: no xpu\nmps: no mps\n"


def test_a_device_that_computes_wrongly_is_none() -> None:
    assert probe.computing(torch_with("cpu", "cuda", wrong="cuda"))["devices"] == ["cpu"]


def test_graphics_of_an_apple_have_the_memory_that_is_recommended() -> None:
    assert probe.described(torch_with("mps"), "mps") == ("Apple graphics", 16_000_000_000)


@pytest.mark.parametrize(
    ("cores", "name"),
    [(1, "1 processor core"), (8, "8 processor cores"), (None, "1 processor core")],
)
def test_processors_are_counted(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, name: str
) -> None:
    monkeypatch.setattr(probe.os, "cpu_count", lambda: cores)
    assert probe.described(torch_with("cpu"), "cpu")[0] == name


def test_memory_that_cannot_be_told_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_name: str) -> int:
        raise ValueError("unrecognized configuration name")

    monkeypatch.setattr(probe.os, "sysconf", unknown, raising=False)
    assert probe.described(torch_with("cpu"), "cpu")[1] is None


def test_a_module_that_cannot_be_imported_is_named_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(name: str) -> ModuleType:
        if name == "igl":
            raise ImportError("no such symbol")
        if name == "tqdm":
            raise SystemExit(7)
        return ModuleType(name)

    monkeypatch.setattr(probe.importlib, "import_module", broken)
    assert probe.missing() == {"igl": "ImportError: no such symbol", "tqdm": "SystemExit: 7"}


def test_the_last_line_is_the_answer_and_without_torch_nothing_is_computed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(probe, "missing", lambda: {"torch": "ImportError: none"})
    probe.main()
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {
        "version": sys.version.split()[0],
        "missing": {"torch": "ImportError: none"},
    }
