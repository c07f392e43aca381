"""Names of files to print: which papers, on which sheets, which copies; as they stand in an address."""

import re
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from dms.errors import Invalid

_ONE = re.compile(r"([1-9][0-9]{0,17})\.(a4|roll|impact)(?:-([1-9][0-9]{0,2})(?:-([1-9][0-9]{0,2}))?)?")
#: Papers of one file, as many as fit a name (`PaperFile.name`); the slips of a day come in batches of so many.
MOST = 16


@dataclass(frozen=True, slots=True)
class Piece:
    """Copies `first` to `last` of a paper on a sheet. "12.a4" is the original, "12.a4-2" copy 2, "12.a4-1-3" three."""

    paper_id: int
    sheet: str
    first: int = 1
    last: int = 1

    @property
    def tail(self) -> str:
        """What follows the paper's id."""
        if self.first == self.last:
            return self.sheet if self.first == 1 else f"{self.sheet}-{self.first}"
        return f"{self.sheet}-{self.first}-{self.last}"

    @property
    def name(self) -> str:
        """The piece in a name."""
        return f"{self.paper_id}.{self.tail}"


def name_of(pieces: list[Piece]) -> str:
    """The name of the file of these pieces."""
    return ",".join(piece.name for piece in pieces)


def parse(name: str) -> list[Piece]:
    """The pieces of a name. Raises `Invalid` for what is no name, or not the shortest for the same thing."""
    pieces = []
    for one in name.split(","):
        found = _ONE.fullmatch(one)
        if found is None:
            raise Invalid(_("This paper has no such format."))
        first = int(found[3] or 1)
        pieces.append(Piece(int(found[1]), found[2], first, int(found[4] or first)))
    if name_of(pieces) != name or len(pieces) > MOST or any(piece.last < piece.first for piece in pieces):
        raise Invalid(_("This paper has no such format."))
    return pieces


def url_of(name: str) -> str:
    """The address of a file: of one paper by itself, of several together."""
    if "," in name:
        return reverse("records:together", args=[name])
    paper_id, tail = name.split(".")
    return reverse("records:paper", args=[paper_id, tail])
