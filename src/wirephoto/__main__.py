"""``python -m wirephoto``."""

from wirephoto import cli

cli.main()
