"""Native code on strangers' bytes, apart from who holds connections: in children with limits.

- ``pool``     the parent's side: children started when needed, asked, ended, replaced
- ``message``  what goes between the two
- ``serving``  the child's side: its loop; what it can do is its stage's
- ``confine``  what a child may use: memory, time, no files, no network, no processes

A fault in there (a crash, no end, too much memory) costs one answer. The parent takes nothing
from a child but a few checked fields and bytes: no pickle, so that one taken over gains nothing.
"""
