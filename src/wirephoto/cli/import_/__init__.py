"""``wirephoto import``: a manifest becomes jobs, and a report of what failed."""

from wirephoto.cli.import_.command import import_

__all__ = ["import_"]
