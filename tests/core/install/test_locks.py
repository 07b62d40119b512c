"""The lock files: whole, pinned, hashed where hashes can be had, and free of addresses."""

import ast
import re
import sys
from pathlib import Path

import pytest

from core.errors import InstallError
from core.install import locks, machine, probe

CORE = Path(locks.__file__).parents[1]

EVERY = [
    (platform, backend, f"py3{minor}")
    for platform, backends in machine.OFFERED.items()
    for backend in backends
    for minor in range(machine.PYTHONS[0][1], machine.PYTHONS[1][1] + 1)
]


@pytest.mark.parametrize(("platform", "backend", "python"), EVERY)
def test_every_offered_backend_has_a_plan_with_sizes(
    platform: str, backend: str, python: str
) -> None:
    plan = locks.plan(backend, "", platform, python)
    assert 100_000_000 < plan.download_bytes < plan.disk_bytes < plan.needed_bytes
    assert any(pin.startswith("torch==") for pin in locks.pins_of(plan.torch.read_text()))


@pytest.mark.parametrize("path", sorted(locks.FOLDER.glob("*.txt")), ids=lambda path: path.name)
def test_lock_files_pin_everything_and_name_no_index(path: Path) -> None:
    text = path.read_text()
    requirements = text.replace("\\\n", " ").splitlines()
    pinned = [line for line in requirements if line and line[0] != "#"]
    assert pinned
    assert all(re.match(r"[\w-]+==[\w.+]+( |$)", line) for line in pinned)
    assert "//" not in text
    if "--hash" in text:
        assert all("--hash=sha256:" in line for line in pinned)


def test_builds_on_the_default_index_are_hashed() -> None:
    for platform, backend, python in EVERY:
        plan = locks.plan(backend, "", platform, python)
        if not locks.needs_address(backend, platform):
            assert plan.is_hashed
        assert not locks.plan(backend, "https://here/whl", platform, python).is_hashed


def test_everything_that_the_engine_imports_is_probed() -> None:
    probed = {name.split(".")[0] for name in probe.MODULES}
    wanted = {"rembg", "matplotlib"}  # used where they are there, and not needed
    for path in CORE.rglob("*.py"):
        if "train" in path.relative_to(CORE).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                wanted.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                wanted.add(node.module.split(".")[0])
    assert wanted - set(sys.stdlib_module_names) - {"rembg", "matplotlib"} <= probed


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        ("", ""),
        ("  ", ""),
        ("https://here/whl/cu130", "https://here/whl/cu130"),
        ("pip3 install torch --index-url https://here/whl/cu130", "https://here/whl/cu130"),
        ("'file:///srv/wheels'", "file:///srv/wheels"),
    ],
)
def test_the_address_is_found_in_what_was_pasted(pasted: str, address: str) -> None:
    assert locks.address_in(pasted) == address


def test_words_without_an_address_are_refused() -> None:
    with pytest.raises(InstallError, match="'cuda 13 please' is no address; paste the one after"):
        locks.address_in("cuda 13 please")


def test_a_build_that_pytorch_does_not_have_is_refused() -> None:
    with pytest.raises(InstallError, match="no build for ROCm on windows; choose another backend"):
        locks.plan("rocm", "", "windows", "py311")
    with pytest.raises(InstallError, match="no build for CPU on this kind of machine"):
        locks.plan("cpu", "", "", "py311")


def test_another_backend_or_index_is_another_runtime() -> None:
    plans = [
        locks.plan("cpu", "", "linux", "py311"),
        locks.plan("cuda", "", "linux", "py311"),
        locks.plan("cuda", "https://here", "linux", "py311"),
    ]
    assert len({plan.key for plan in plans}) == 3
