"""Native code on strangers' bytes, apart from the worker: in a child process with limits.

- ``pool``      the worker's side: children started when needed, asked, ended, replaced
- ``message``   what goes between the two
- ``child``     the child's side: ``python -m wirephoto.pipeline.inspection.apart.child``
- ``confine``   what a child may use: memory, time, no files, no network

A fault in there (a crash, no end, too much memory) fails one picture. The worker takes nothing
from a child but a few checked fields and bytes: no pickle, so that one taken over
gains nothing.
"""
