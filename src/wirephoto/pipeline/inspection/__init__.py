"""Inspection: what the bytes of a picture are, judged from the bytes alone.

In order of the path:

- ``verdict``      the contents page: bytes in, ``model.Picture`` or one ``errors.PictureError`` out
- ``limits``       what a project takes, and how much of it
- ``kind``         which kind the bytes are, and a name for what is none of ours
- ``orientation``  the one EXIF tag that turns a picture
- ``jpeg`` ``png`` ``gif`` ``webp`` ``tiff``  a file a format: size, frames, nothing cut off
- ``boxes`` ``extents`` ``avif``  the boxes of ISO media files, where items lie, AVIF
- ``encoding`` ``svg`` ``cleaning``  SVG: to UTF-8, read under limits, made safe
- ``apart``        the child process in which that is done

Structure only: nothing is decompressed and no native image decoder is called. A picture that is
damaged in its middle but whole in its structure passes; a full decode is a project's choice.
"""
