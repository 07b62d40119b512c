"""What a job asks for and what it gives: the long messages of `protocol`.

A job is a request with a name and a folder. It ends in one event: its result here, or else
`Failed` or `Stopped`. Frames and units are those of a Blender scene: metres, +Z up.
"""

from dataclasses import dataclass
from typing import ClassVar, TypeVar

from ..doubts import is_doubtful
from ..operations.settings import (
    COMPLETE,
    CUT_OUT,
    RECONSTRUCT,
    CompleteSettings,
    Correction,
    CutOutSettings,
    Operation,
    ReconstructSettings,
)
from ..operations.settings.common import EngineSettings
from ..operations.settings.setting import values_of


@dataclass(frozen=True, kw_only=True)
class Job(EngineSettings):
    """Asks for an operation: its settings, and beside them what differs from input to input.

    What goes in stands in a class below, the settings in their declaration; a request is both.
    """

    operation: ClassVar[Operation]
    """What is asked for."""

    kind: ClassVar[str]
    """Name of the operation."""

    job: str
    """Names this job in its events; unique in the life of a worker."""

    folder: str
    """Existing folder for the job's files."""


@dataclass(frozen=True, kw_only=True)
class OfPictures(Job):
    """Asks for what is made of pictures of one object."""

    pictures: tuple[str, ...]
    """Picture files; at least one."""

    corrections: tuple[Correction, ...] = ()
    """Of the pictures' cut-outs: one for each, or none at all."""

    output: str = ""
    """Mesh file to be written as well, for other programs; empty writes none."""


@dataclass(frozen=True, kw_only=True)
class OfMesh(Job):
    """Asks for what is made of a mesh."""

    mesh: str
    """File of the arrays `vertices` (V, 3) and `faces` (F, 3), for `files.arrays.read_arrays`.

    In metres, +Z up, counter-clockwise seen from outside; what is trusted, and no more. Any other
    suffix than .npz names a mesh file as other programs write it.
    """

    output: str = ""
    """Mesh file to be written as well, for other programs; further shapes get numbers."""


@dataclass(frozen=True, kw_only=True)
class Reconstruct(OfPictures, ReconstructSettings):
    """Asks for the mesh of the one object that the pictures show."""

    operation: ClassVar[Operation] = RECONSTRUCT
    kind: ClassVar[str] = RECONSTRUCT.name


@dataclass(frozen=True, kw_only=True)
class Complete(OfMesh, CompleteSettings):
    """Asks for the whole shape that a broken or half-modelled mesh is a part of."""

    operation: ClassVar[Operation] = COMPLETE
    kind: ClassVar[str] = COMPLETE.name


@dataclass(frozen=True, kw_only=True)
class Matte(Job, CutOutSettings):
    """Asks for the cut-out of a picture: what a reconstruction would see of it."""

    operation: ClassVar[Operation] = CUT_OUT
    kind: ClassVar[str] = CUT_OUT.name

    picture: str
    """Picture file."""

    correction: Correction


Asked = TypeVar("Asked", bound=Job)


def template(kind: type[Asked], settings: EngineSettings) -> Asked:
    """The request with those settings that lacks its input.

    Args:
        kind: Class of the request, which has the settings' fields among its own.
        settings: What is to be set; a request of the same kind will do.
    """
    of_input = {"pictures": ()} if issubclass(kind, OfPictures) else {"mesh": ""}
    return kind(job="", folder="", **of_input, **values_of(settings))


@dataclass(frozen=True)
class Matted:
    """An object is cut out."""

    kind: ClassVar[str] = "matted"

    job: str

    picture: str
    """PNG file of the whole picture, with the object's matte as its alpha."""

    share: float
    """Of the picture's area that the object covers."""

    touches_border: bool
    """Whether the object reaches the picture's edge."""

    pieces: int
    """Parts that do not touch each other."""

    seconds: dict[str, float]
    """Time by stage."""

    warnings: tuple[str, ...] = ()
    """One sentence for everything that came out worse than asked."""

    notes: tuple[str, ...] = ()
    """One sentence for everything that was done otherwise than asked, with as good a result."""


@dataclass(frozen=True)
class MeshCheck:
    """What an artist asks of a mesh before it is printed, cut or sculpted."""

    pieces: int
    """Parts that share no vertex."""

    open_edges: int
    """Edges of one face."""

    crowded_edges: int
    """Edges of more than two faces."""

    flipped_edges: int
    """Edges of two faces of which one is inside out."""


@dataclass(frozen=True)
class Finished:
    """A job has ended well."""

    kind: ClassVar[str] = "result"

    job: str

    mesh: str
    """File of the arrays `vertices` (V, 3) and `faces` (F, 3), for `files.arrays.read_arrays`.

    In metres, of the size asked for, standing on the floor at the origin; front -Y, +Z up.
    """

    code: tuple[float, ...]
    """The latent code; empty where the model has none."""

    category: str
    """The category given, or the one that was recognised."""

    confidence: float
    """That an artist would keep the result, in [0, 1]."""

    seconds: dict[str, float]
    """Time by stage."""

    vertices: int

    faces: int

    closed: bool
    """Whether the mesh is closed."""

    check: MeshCheck

    warnings: tuple[str, ...]
    """One sentence for everything that came out worse than asked."""

    written: tuple[str, ...] = ()
    """The file that `output` asked for."""

    notes: tuple[str, ...] = ()
    """One sentence for everything that was done otherwise than asked, with as good a result."""

    @property
    def is_doubtful(self) -> bool:
        """Whether somebody should look at the result before using it."""
        return is_doubtful(self.confidence, self.warnings)


@dataclass(frozen=True)
class Hypothesis:
    """One whole shape that fits what was given."""

    mesh: str
    """File of the arrays `vertices` (V, 3), `faces` (F, 3), `observed` (V,) and `confidence` (V,).

    In the frame of the given mesh. `observed` is 1 where the vertex was given and 0 where it was
    invented, `confidence` lies in [0, 1].
    """

    code: tuple[float, ...]
    """The latent code."""

    vertices: int

    faces: int

    observed_vertices: int
    """So many first vertices are those that were given, in order and to the bit."""

    observed_faces: int
    """So many first faces are those that were given, in order; 0 unless `keep` was "exact"."""

    closed: bool
    """Whether the mesh is closed."""

    check: MeshCheck

    widest_gap_m: float | None
    """Between the given and the invented surface; None where that cannot be said."""

    warnings: tuple[str, ...]
    """One sentence for everything that came out worse than asked."""


@dataclass(frozen=True)
class Completed:
    """A completion has ended well."""

    kind: ClassVar[str] = "completed"

    job: str

    hypotheses: tuple[Hypothesis, ...]
    """Best first; none where `unchanged`."""

    category: str
    """The category given, or the one that was recognised; "" of a whole mesh."""

    confidence: float
    """That the given mesh is something that the model knows, at the right pose, in [0, 1]; 1 of a
    whole mesh."""

    seconds: dict[str, float]
    """Time by stage."""

    unchanged: bool
    """Whether nothing was added: the mesh is whole already, or nothing that the model knows."""

    warnings: tuple[str, ...]
    """One sentence for everything that came out worse than asked, whichever the shape."""

    written: tuple[str, ...] = ()
    """The files that `output` asked for, best first; the given mesh's own copy if `unchanged`."""

    notes: tuple[str, ...] = ()
    """One sentence for everything that was done otherwise than asked, with as good a result."""

    @property
    def is_doubtful(self) -> bool:
        """Whether somebody should look at the best shape before using it; of none there is one."""
        return not self.unchanged and is_doubtful(self.confidence, self.warnings_of(0))

    def warnings_of(self, number: int) -> tuple[str, ...]:
        """All that is to be said of one shape: what holds for every shape, and what for it alone.

        Args:
            number: Its place in `hypotheses`; where there is none, it makes no difference.
        """
        if not self.hypotheses:
            return self.warnings
        best, own = self.hypotheses[0].warnings, self.hypotheses[number].warnings
        common = [each for each in self.warnings if each in own or each not in best]
        return tuple(dict.fromkeys((*common, *own)))
