"""``wirephoto demo``: everything at once, on this machine, with pictures of its own making.

command   the steps, from start to stop
place     the folder: ./wirephoto-demo, or a temporary one
service   `wirephoto serve` as a child, and a token for it
samples   what is imported: the pictures, and two bad apples
pictures  how they are painted (libvips, the extra `demo`) and stored
origin    a web server on loopback that has them
client    the API's client: post, follow
display   what is shown
verdict   whether all went as it must
"""

from wirephoto.cli.demo.command import demo

__all__ = ["demo"]
