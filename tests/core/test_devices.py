"""Devices by name, and lack of memory in all its guises."""

import os
import subprocess
import sys

import pytest
import torch

from core.devices import (
    available_devices,
    computes_bfloat16,
    memory_errors,
    one_thread,
    pick_device,
)
from core.errors import InputError, OutOfMemoryError


def test_unknown_devices_are_refused() -> None:
    with pytest.raises(InputError, match="the device 'toaster' is unknown; choose one of auto"):
        pick_device("toaster")


def test_absent_devices_are_refused() -> None:
    absent = next(name for name in ("mps", "xpu", "cuda") if name not in available_devices())
    with pytest.raises(InputError, match=f"this machine has no device '{absent}'"):
        pick_device(absent)


def test_auto_takes_the_first_device() -> None:
    assert available_devices()[-1] == "cpu"
    assert pick_device("auto").type == available_devices()[0]
    assert pick_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        RuntimeError("MPS backend out of memory"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:1] not enough memory"),
    ],
)
def test_lack_of_memory_has_a_remedy(error: Exception) -> None:
    with (
        pytest.raises(OutOfMemoryError, match="cpu has too little free memory for 9 lives; close"),
        memory_errors(torch.device("cpu"), "9 lives"),
    ):
        raise error


def test_other_faults_are_not_disguised() -> None:
    with (
        pytest.raises(RuntimeError, match="shapes do not match"),
        memory_errors(torch.device("cpu"), "anything"),
    ):
        raise RuntimeError("shapes do not match")


def test_one_thread_is_for_the_block_alone() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


OF_A_PRODUCT = """
import torch
from core.devices import half_precision
with half_precision(torch.device("cpu")):
    product = torch.ones(8, 8) @ torch.ones(8, 8)
print(product.dtype, float(product[0, 0]))
"""


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="torch without oneDNN")
def test_processors_without_bfloat16_compute_in_float32() -> None:
    older = {**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"}
    told = subprocess.run(
        [sys.executable, "-c", OF_A_PRODUCT], env=older, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["torch.float32", "8.0"]


@pytest.mark.parametrize("name", ["avx512_bf16", "bf16"])
def test_processors_whose_bfloat16_is_imitated_compute_in_float32(monkeypatch, name) -> None:
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: True)
    for has_products in (True, False):
        can = {"avx512_f": True, name: has_products}
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda can=can: can)
        assert computes_bfloat16(torch.device("cpu")) == has_products
