"""Drawings, as SVG."""

import math

from wirephoto.cli.demo.pictures import canvas

_STORY = 9  # the bar that is set off


def ranges(seed: int) -> bytes:
    """Mountains in flat colours."""
    dice = canvas.dice(seed)
    layers = []
    for index, tone in enumerate(("#b9cbd8", "#8fabbd", "#5f8299", "#365c74", "#173a4e")):
        base = 230 + 62 * index
        points = [f"{x},{base - dice.randint(0, 110)}" for x in range(-40, 881, 80)]
        layers.append(f'<polygon fill="{tone}" points="-40,560 {" ".join(points)} 880,560"/>')
    sky = '<rect width="840" height="560" fill="#f6e7d3"/>'
    sky += '<circle cx="610" cy="150" r="62" fill="#e76f51"/>'
    return _document('width="840" height="560"', "0 0 840 560", sky + "".join(layers))


def rings(seed: int) -> bytes:
    """A year as rings of arcs; no size of its own but its viewBox."""
    dice = canvas.dice(seed)
    tones = ("#264653", "#2a9d8f", "#e9c46a", "#f4a261", "#e76f51")
    arcs = []
    for ring in range(12):
        radius = 34 + 18 * ring
        length = math.tau * radius
        shown = length * dice.uniform(0.35, 0.9)
        arcs.append(
            f'<circle r="{radius}" fill="none" stroke="{tones[ring % 5]}" stroke-width="11" '
            f'stroke-linecap="round" stroke-dasharray="{shown:.1f} {length:.1f}" '
            f'transform="rotate({dice.randint(0, 359)})"/>'
        )
    ground = '<rect x="-300" y="-300" width="600" height="600" fill="#fdf8ef"/>'
    return _document("", "-300 -300 600 600", ground + "".join(arcs))


def tiles(seed: int) -> bytes:
    """Truchet's tiles: quarter circles at random, which meet."""
    dice = canvas.dice(seed)
    paths = []
    for column in range(12):
        for row in range(8):
            x, y = column * 60, row * 60
            turn = dice.choice((0, 90))
            paths.append(
                f'<g transform="translate({x + 30} {y + 30}) rotate({turn})">'
                '<path d="M0-30A30 30 0 0 1-30 0M0 30A30 30 0 0 1 30 0"/></g>'
            )
    body = (
        '<rect width="720" height="480" fill="#102a43"/>'
        '<g fill="none" stroke="#f0b429" stroke-width="13">' + "".join(paths) + "</g>"
    )
    return _document('width="720" height="480"', "0 0 720 480", body)


def bars(seed: int) -> bytes:
    """A chart without words."""
    dice = canvas.dice(seed)
    columns = []
    for index in range(16):
        tall = round(60 + 190 * math.sin(index / 15 * math.pi) ** 2 + dice.randint(0, 70))
        columns.append(
            f'<rect x="{50 + index * 46}" y="{400 - tall}" width="30" height="{tall}" rx="4" '
            f'fill="{"#d1495b" if index == _STORY else "#30638e"}"/>'
        )
    body = (
        '<rect width="820" height="460" fill="#f7f9fb"/>'
        '<path d="M40 400H790" stroke="#8395a7" stroke-width="2"/>' + "".join(columns)
    )
    return _document('width="820" height="460"', "0 0 820 460", body)


def _document(size: str, box: str, body: str) -> bytes:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="{box}">'
    return f"{head}{body}</svg>\n".encode()
