"""Devices that torch computes on: found by name, and their lack of memory told in a sentence."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import torch

from .errors import USE_CPU, InputError, OutOfMemoryError
from .memory import lacks_memory

AUTO = "auto"
"""Leaves the choice to the machine."""


def pick_device(name: str) -> torch.device:
    """The torch device of that name; "auto" takes the fastest that this machine has.

    Raises:
        InputError: The name is unknown, or this machine has no such device.
    """
    present = available_devices()
    if name == AUTO:
        return torch.device(present[0])
    if name not in ("cpu", "cuda", "mps", "xpu"):
        raise InputError(
            f"the device '{name}' is unknown; choose one of {', '.join((AUTO, *present))}"
        )
    if name not in present:
        raise InputError(
            f"this machine has no device '{name}' that torch can use; "
            f"choose one of {', '.join((AUTO, *present))}",
            remedy=USE_CPU,
        )
    return torch.device(name)


def available_devices() -> tuple[str, ...]:
    """Names of the devices that torch can use here, fastest first; the last is "cpu"."""
    present = {
        "cuda": torch.cuda.is_available(),
        "xpu": torch.xpu.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    return tuple(name for name, is_there in present.items() if is_there)


@contextmanager
def memory_errors(device: torch.device, what: str) -> Iterator[None]:
    """Turn every way in which torch and numpy run out of memory into one sentence.

    Args:
        device: Where the block computes.
        what: What needs the memory, for the sentence.

    Raises:
        OutOfMemoryError: The block ran out of memory.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not lacks_memory(error):
            raise
        raise OutOfMemoryError(
            f"{device.type} has too little free memory for {what}; close other programs, "
            "choose a lower resolution" + ("" if device.type == "cpu" else ", or the device cpu")
        ) from error


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one processor core inside the block.

    Some of torch's sums, such as those of a group norm, are cut into as many parts as there are
    threads; on one thread they have the same bits whatever the machine's cores and its settings.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def half_precision(device: torch.device) -> AbstractContextManager:
    """Let torch's convolutions and matrix products be bfloat16 inside the block, where that pays.

    On processors without products of it (most desktops) torch's bfloat16 takes three times as
    long as its float32 where there is AVX-512, and twelve times where there is none: float32 is
    used there instead.
    """
    return torch.autocast(device.type, torch.bfloat16, enabled=computes_bfloat16(device))


def computes_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 pays there; see `half_precision`."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":  # torch asks itself the second, but tells nobody; AVX-512 is enough
        can = torch.cpu.get_capabilities()
        return (
            torch.backends.mkldnn.is_available()
            and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
            and bool(can.get("avx512_bf16") or can.get("bf16"))
        )
    return True
