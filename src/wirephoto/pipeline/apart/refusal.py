"""What every child may answer instead: the picture's failure."""

from typing import Annotated

import msgspec

from wirephoto import errors


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """``code`` is one of the contract; no bytes follow."""

    code: str
    reason: Annotated[str, msgspec.Meta(max_length=1000)]

    def error(self) -> errors.PictureError:
        leaves = {leaf.code: leaf for leaf in errors.PictureError.__subclasses__()}
        return leaves.get(self.code, errors.Internal)(self.reason)
