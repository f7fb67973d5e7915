"""Pictures that are something else as well: pages, scripts, documents, archives."""

import io
import zipfile

from tests.files import builders, samples
from tests.files.hostile.case import Case

PAGE = "<html><body><script>{script}</script></body></html>"


def gif_page(script: str) -> bytes:
    """A GIF for who reads from the front, a page for who looks for a tag."""
    page = PAGE.format(script=script).encode()
    comment = b"!\xfe" + b"".join(
        bytes((len(part),)) + part
        for part in (page[at : at + 255] for at in range(0, len(page), 255))
    )
    return builders.gif(7, 5, comment + b"\0", builders.gif_image(7, 5)) + page


def gif_script(script: str) -> bytes:
    """``GIF89a`` is a name in JavaScript: the screen's size opens a comment, its end assigns."""
    body = bytearray(builders.gif(0x2A2F, 5, builders.gif_image(7, 5)))  # /* as the width
    return bytes(body) + f"*/=1;{script}//".encode()


def jpeg_script(script: str) -> bytes:
    """As served in Latin-1: the length of the first segment opens a comment that a COM closes."""
    head = b"\xff\xd8\xff\xe0\x2f\x2a" + b"JFIF\0\1\1\0\0\1\0\1\0\0"
    head += bytes(0x2F2A - 2 - len(head) + 4)
    comment = builders.segment(0xFE, f"*/=1;{script}/*".encode())
    rest = builders.frame(7, 5) + builders.scan(b"\x12\x34*/ //")
    return head + comment + rest + b"\xff\xd9"


def png_page(script: str) -> bytes:
    text = builders.chunk(b"tEXt", b"Comment\0" + PAGE.format(script=script).encode())
    return builders.png(7, 5, text)


def pdf_in_jpeg() -> bytes:
    document = b"%PDF-1.4\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj\n"
    return builders.jpeg(builders.segment(0xFE, document), builders.frame(7, 5), builders.scan())


def archive() -> bytes:
    """A ZIP, or a JAR, which is found from its end."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as into:
        into.writestr("META-INF/MANIFEST.MF", "Main-Class: Evil\n")
        into.writestr("Evil.class", b"\xca\xfe\xba\xbe")
    return held.getvalue()


def svg_in_jpeg(script: str) -> bytes:
    drawing = builders.svg(f"<script>{script}</script>")
    xmp = b"http://ns.adobe.com/xap/1.0/\0" + drawing
    return (
        builders.jpeg(builders.segment(0xE1, xmp), builders.frame(7, 5), builders.scan()) + drawing
    )


def cases(script: str = "alert(1)") -> dict[str, Case]:
    """What runs ``script`` for who takes it for what it is not."""
    return {
        "html in gif": Case(gif_page(script)),
        "javascript in gif": Case(gif_script(script)),
        "javascript in jpeg": Case(jpeg_script(script)),
        "html in png": Case(png_page(script)),
        "html after png": Case(samples.sample("png").data + PAGE.format(script=script).encode()),
        "pdf in jpeg": Case(pdf_in_jpeg()),
        "zip after gif": Case(builders.gif(7, 5, builders.gif_image(7, 5)) + archive()),
        "zip after jpeg": Case(samples.sample("jpeg baseline").data + archive()),
        "svg in jpeg": Case(svg_in_jpeg(script)),
    }
