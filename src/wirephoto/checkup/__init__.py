"""What a person needs to know first of an installation: `wirephoto doctor` and the page say it.

finding.py   one line: what was looked at, whether it is right, what to do if not
rest.py      settings, project files, address guard, decoder: without a database
running.py   database, schema, clock, workers, storage, room on the disks
"""
