"""Arrays survive the file, NumPy and we read each other's, and half a file is refused."""

import zipfile

import numpy as np
import pytest

from core.errors import WorkerError
from core.files.arrays import read_arrays, write_arrays

VERTICES = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
FACES = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32)
NAMES = ("vertices", "faces")


@pytest.fixture
def path(tmp_path):
    """A whole file."""
    path = tmp_path / "mesh.npz"
    write_arrays(path, {"vertices": VERTICES.data, "faces": FACES.data})
    return path


def test_arrays_survive_and_no_temporary_file_stays(path):
    vertices, faces = read_arrays(path, NAMES)
    np.testing.assert_array_equal(vertices, VERTICES)
    np.testing.assert_array_equal(faces, FACES)
    assert (vertices.format, faces.format) == ("f", "i")
    assert [each.name for each in path.parent.iterdir()] == ["mesh.npz"]


def test_an_empty_array_survives(tmp_path):
    path = tmp_path / "empty.npz"
    write_arrays(path, {"faces": FACES[:0].data})
    assert len(read_arrays(path, ("faces",))[0]) == 0


def test_bytes_survive_and_numpy_reads_them(tmp_path):
    path, flags = tmp_path / "flags.npz", np.array([0, 1, 255], np.uint8)
    write_arrays(path, {"flags": flags.data})
    (found,) = read_arrays(path, ("flags",))
    assert (found.format, found.tolist()) == ("B", [0, 1, 255])
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["flags"].dtype == np.uint8


def test_numpy_reads_what_we_write(path):
    with np.load(path, allow_pickle=False) as arrays:
        assert set(arrays.files) == set(NAMES)
        np.testing.assert_array_equal(arrays["vertices"], VERTICES)
        assert arrays["faces"].dtype == np.int32


def test_we_read_what_numpy_writes(tmp_path):
    path = tmp_path / "mesh.npz"
    np.savez(path, vertices=VERTICES, faces=FACES)
    vertices, faces = read_arrays(path, NAMES)
    np.testing.assert_array_equal(vertices, VERTICES)
    np.testing.assert_array_equal(faces, FACES)


@pytest.mark.parametrize("array", [VERTICES.astype(np.float64), FACES.astype(np.int64)])
def test_other_types_are_not_written(tmp_path, array):
    with pytest.raises(ValueError, match="32-bit floats or integers"):
        write_arrays(tmp_path / "mesh.npz", {"array": array.data})
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_keeps_the_old_file(path, monkeypatch):
    before = path.read_bytes()

    def fill_the_disk(*_arguments):
        raise OSError("No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        write_arrays(path, {"vertices": VERTICES.data})
    assert path.read_bytes() == before
    assert len(list(path.parent.iterdir())) == 1


@pytest.mark.parametrize("kept_bytes", [0, 10, 400])
def test_a_truncated_file_is_refused(path, kept_bytes):
    path.write_bytes(path.read_bytes()[:kept_bytes])
    with pytest.raises(WorkerError, match=r"mesh\.npz of the job cannot be read"):
        read_arrays(path, NAMES)


def test_a_changed_byte_is_noticed(path):
    data = bytearray(path.read_bytes())
    data[data.index(VERTICES.tobytes()) + 4] ^= 1
    path.write_bytes(data)
    with pytest.raises(WorkerError, match="CRC"):
        read_arrays(path, NAMES)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not an array"),
        (b"\x93NUMPY\x02\x00\x00\x00", "not an array"),
        (b"\x93NUMPY\x01\x00\x02\x00[]", "not an array's header"),
        (b"\x93NUMPY\x01\x00\x02\x00((", "cannot be read"),
    ],
)
def test_something_else_in_the_file_is_refused(tmp_path, content, why):
    path = tmp_path / "mesh.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("vertices.npy", content)
    with pytest.raises(WorkerError, match=why):
        read_arrays(path, ("vertices",))


@pytest.mark.parametrize(
    ("array", "why"),
    [
        (VERTICES.astype(np.float64), "elements of type '<f8'"),
        (np.asfortranarray(VERTICES), "in C order"),
        (np.array([{}], object), r"elements of type '\|O'"),
    ],
)
def test_other_arrays_of_numpy_are_refused(tmp_path, array, why):
    path = tmp_path / "mesh.npz"
    np.savez(path, vertices=array)
    with pytest.raises(WorkerError, match=why):
        read_arrays(path, ("vertices",))


def test_a_missing_file_or_array_is_refused(path, tmp_path):
    with pytest.raises(WorkerError, match="cannot be read"):
        read_arrays(tmp_path / "none.npz", NAMES)
    with pytest.raises(WorkerError, match="no item named 'normals"):
        read_arrays(path, ("normals",))


def test_too_few_numbers_for_the_shape_are_refused(tmp_path, path):
    with zipfile.ZipFile(path) as file:
        content = file.read("vertices.npy")
    short = tmp_path / "short.npz"
    with zipfile.ZipFile(short, "w") as file:
        file.writestr("vertices.npy", content[:-4])
    with pytest.raises(WorkerError, match=r"44 bytes for the shape \(4, 3\)"):
        read_arrays(short, ("vertices",))


def test_the_clock_makes_no_difference(tmp_path, monkeypatch):
    numbers = {"a": memoryview(bytes(5))}
    for name, now in (("then.npz", 0.0), ("now.npz", 2e9)):
        monkeypatch.setattr("time.time", lambda now=now: now)
        write_arrays(tmp_path / name, numbers)
    assert (tmp_path / "then.npz").read_bytes() == (tmp_path / "now.npz").read_bytes()
