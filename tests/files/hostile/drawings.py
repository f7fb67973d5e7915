"""SVG in all its malice: what is cleaned, and what is refused before anything cleans it."""

import gzip

from tests.files import builders
from tests.files.hostile.case import Case

XHTML = "http://www.w3.org/1999/xhtml"
XLINK = "http://www.w3.org/1999/xlink"


def dirty(spy: str, script: str = "alert(1)") -> dict[str, bytes]:
    """Drawings that run ``script`` or ask ``spy`` for something, where a viewer lets them."""
    inside = {
        "script": f"<script>{script}</script>",
        "script from elsewhere": f'<script href="{spy}/script.js"/>',
        "script by xlink": f'<script xmlns:x="{XLINK}" x:href="{spy}/script.js"/>',
        "script of html": f'<h:script xmlns:h="{XHTML}">{script}</h:script>',
        "script in a cdata": f"<script><![CDATA[{script}]]></script>",
        "script in defs": f"<defs><script>{script}</script></defs>",
        "handlers": f'<rect width="9" height="9" onload="{script}" onclick="{script}"/>',
        "handler of an animation": f'<animate attributeName="x" dur="1s" onbegin="{script}"/>',
        "animated link": f'<a id="a"><set attributeName="href" to="javascript:{script}"/></a>',
        "foreign object": (
            f'<foreignObject width="9" height="9"><body xmlns="{XHTML}">'
            f'<img src="x" onerror="{script}"/><script>{script}</script></body></foreignObject>'
        ),
        "frame": (
            f'<foreignObject width="9" height="9"><iframe xmlns="{XHTML}" src="{spy}/frame"/>'
            "</foreignObject>"
        ),
        "script link": f'<a href="javascript:{script}"><text>x</text></a>',
        "script link with a tab": f'<a href=" java&#9;script:{script}"><text>x</text></a>',
        "use of data": f'<use href="data:image/svg+xml,%3Csvg onload=%22{script}%22/%3E#a"/>',
        "use of elsewhere": f'<use href="{spy}/use.svg#a"/>',
        "image from elsewhere": f'<image href="{spy}/image.png" width="9" height="9"/>',
        "image from a file": '<image href="file:///etc/passwd" width="9" height="9"/>',
        "image of svg": '<image href="data:image/svg+xml;base64,PHN2Zy8+"/>',
        "import": f'<style>@import "{spy}/import.css"; @import url({spy}/import.css);</style>',
        "style from elsewhere": f"<style>rect{{fill:url({spy}/fill.svg#a)}}</style><rect/>",
        "style with escapes": f"<style>@\\69mport u\\72l({spy}/escaped.css);</style>",
        "style attribute": f'<rect style="background:url({spy}/style.png)"/>',
        "font from elsewhere": f"<style>@font-face{{font-family:a;src:url({spy}/font)}}</style>",
        "fill from elsewhere": f'<rect fill="url({spy}/fill.svg#a)" width="9" height="9"/>',
        "filter image": f'<filter id="f"><feImage href="{spy}/fe.png"/></filter>',
        "mask from elsewhere": f'<rect mask="url({spy}/mask.svg#m)"/>',
        "cursor": f'<rect cursor="url({spy}/cursor.png), auto"/>',
        "link": f'<h:link xmlns:h="{XHTML}" rel="stylesheet" href="{spy}/link.css"/>',
        "xinclude": (
            '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
        ),
        "base": f'<g xml:base="{spy}/"><image href="based.png"/></g>',
        "handler element": (
            '<handler xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load">'
            f"{script}</handler>"
        ),
        "meta refresh": (
            f'<h:meta xmlns:h="{XHTML}" http-equiv="refresh" content="0;url={spy}/refresh"/>'
        ),
        "video": f'<h:video xmlns:h="{XHTML}" src="{spy}/video" onerror="{script}"/>',
        "prefix": f'<s:script xmlns:s="http://www.w3.org/2000/svg">{script}</s:script>',
    }
    files = {name: builders.svg(text) for name, text in inside.items()}
    opened = builders.svg_open(width="9", height="9", onload=script)
    files["handler of the root"] = builders.svg(opening=opened)
    sheet = f'<?xml-stylesheet href="{spy}/sheet.css" type="text/css"?>'
    files["style sheet"] = builders.svg(before=sheet)
    files["xslt"] = builders.svg(before=sheet.replace("css", "xsl"))
    files["dtd"] = builders.svg(before=f'<!DOCTYPE svg SYSTEM "{spy}/a.dtd">')
    files["utf-16"] = builders.svg(f"<script>{script}</script>").decode().encode("utf-16")
    return files


def recursive() -> dict[str, bytes]:
    """Drawings that hold themselves: for a renderer without end, for us a drawing."""
    return {
        "use of itself": builders.svg('<g id="a"><use href="#a"/><use href="#a"/></g>'),
        "pattern of itself": builders.svg(
            '<pattern id="p" width="9" height="9"><rect width="9" height="9" fill="url(#p)"/>'
            '</pattern><rect width="9" height="9" fill="url(#p)"/>'
        ),
        "mask of itself": builders.svg('<mask id="m"><rect mask="url(#m)"/></mask>'),
        "ten times ten": builders.svg(
            "".join(
                f'<g id="l{n}">' + f'<use href="#l{n - 1}"/>' * 10 + "</g>" for n in range(1, 12)
            )
        ),
    }


def _declaring(declarations: str, inside: str) -> bytes:
    return builders.svg(inside, before=f"<!DOCTYPE svg [{declarations}]>")


def bombs(spy: str = "http://spy.invalid") -> dict[str, Case]:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    names = "".join(f' xmlns:a{n}="u:{n}"' for n in range(200))
    files = {
        "a billion laughs": _declaring(f'<!ENTITY l0 "ha">{laughs}', "<text>&l9;</text>"),
        "quadratic growth": _declaring(f'<!ENTITY a "{"x" * 50_000}">', "&a;" * 50_000),
        "an external entity": _declaring(f'<!ENTITY a SYSTEM "{spy}/entity">', "<g>&a;</g>"),
        "a file as an entity": _declaring('<!ENTITY a SYSTEM "file:///etc/passwd">', "&a;"),
        "a parameter entity": _declaring(f'<!ENTITY % a SYSTEM "{spy}/parameter"> %a;', ""),
        "a depth of 100,000": builders.svg("<g>" * 100_000 + "</g>" * 100_000),
        "a million elements": builders.svg("<g/>" * 1_000_000),
        "many elements, deep": builders.svg("<g>" * 254 + "<g/>" * 20_000 + "</g>" * 254),
        "many names": builders.svg("<g/>" * 60_000, opening=builders.SVG_OPEN[:-1] + names + ">"),
        "a million attributes": builders.svg(
            "<g" + "".join(f' a{n}=""' for n in range(900_000)) + "/>"
        ),
        "an open end": builders.svg("<g>" * 200 + "<!--" + "-" * 9_000_000),
    }
    codes = {"an open end": "not_an_image"}
    return {name: Case(data, codes.get(name, "unsafe_svg")) for name, data in files.items()} | {
        "an svg in gzip": Case(gzip.compress(builders.svg()), "unsupported_type"),
        "utf-7": Case(
            builders.svg(before='<?xml version="1.0" encoding="UTF-7"?>'), "not_an_image"
        ),
        "eleven megabytes": Case(builders.svg(" " * 11_000_000), "too_large"),
    }
