"""The decoding stage: raster pictures through libvips, in child processes alone.

- ``pool``       the parent's side: render, describe, check
- ``message``    what is asked and answered
- ``child``      the child's side; it alone loads libvips, once it is started
- ``opening``    libvips under limits: which loaders there are, how much a picture may be
- ``rendering``  a picture made smaller
- ``describing`` what it looks like: a blurred preview, a colour, a hash of its differences
- ``checking``   all of a picture decoded, to see whether that goes well

``pipeline.apart`` has what confines a child.
"""
