"""Scenes of town and table: windows at night, lights in the rain, fruit in a bowl of light."""

import array
import random

import pyvips

from wirephoto.cli.demo.pictures import canvas
from wirephoto.cli.demo.pictures.canvas import Image, Size, Tone

_CELL = 10  # pixels of a window with its wall
_LAMPS = ("ffd27a", "ffe3a8", "ffb85c", "fff3d9", "cfe4ff")


def city(size: Size, seed: int, tones: tuple[Tone, ...]) -> Image:
    """Houses at night, and their reflection. Tones: sky above, sky below, far house, near house."""
    dice = canvas.dice(seed)
    high, low, far, near = tones
    shore = round(size.height * 0.7)
    above = Size(size.width, shore)
    picture = canvas.gradient(above, high, canvas.mix(high, low, 0.4), low)
    picture = canvas.shine(picture, "ffffff", canvas.specks(above, dice, 160, 0.5), 0.6)
    for layer in range(3):
        picture = _street(picture, dice, layer / 2, (low, far, near))
    picture = picture.copy_memory()
    mirrored = picture.flip("vertical").resize(1, vscale=(size.height - shore) / shore)
    mirrored = mirrored.embed(0, 0, size.width, size.height - shore, extend="copy")
    return picture.join(_rippled(mirrored, seed, high), "vertical")


def _street(
    picture: Image, dice: random.Random, near: float, tones: tuple[Tone, Tone, Tone]
) -> Image:
    size = Size(picture.width, picture.height)
    low, far, front = tones
    columns, rows = size.width // _CELL + 1, size.height // _CELL + 1
    roofs, lamps = _plan(dice, columns, rows, near)
    points = [roof * _CELL / size.height for roof in roofs for _ in range(_CELL)]
    edge = pyvips.Image.new_from_memory(_floats(points), len(points), 1, 1, "float") * size.height
    houses = canvas.below(size, edge.embed(0, 0, *size, extend="copy"))
    walls = canvas.plain(size, canvas.mix(canvas.mix(far, low, 0.35), front, near))
    picture = canvas.lay(picture, walls, houses)
    small = pyvips.Image.new_from_memory(bytes(lamps), columns, rows, 3, "uchar")
    lit = small.zoom(_CELL, _CELL).crop(0, 0, *size) * _panes(size)
    strength = 0.35 + 0.65 * near
    halo = canvas.soften(lit, _CELL * 0.8) * (0.9 * strength)
    return canvas.screen(canvas.screen(picture, lit * strength), halo)


def _plan(dice: random.Random, columns: int, rows: int, near: float) -> tuple[list[int], bytearray]:
    """The roof of each column, in rows from the top, and the light of each window."""
    roofs: list[int] = []
    lamps = bytearray(columns * rows * 3)
    while len(roofs) < columns:
        wide = dice.randint(4, 9)
        roof = round(rows * dice.uniform(0.22 + 0.3 * near, 0.62 + 0.22 * near))
        share = dice.uniform(0.1, 0.55)
        tone = bytes.fromhex(dice.choice(_LAMPS))
        for column in range(len(roofs), min(len(roofs) + wide, columns)):
            for row in range(roof + 1, rows - 1):
                if column > len(roofs) and dice.random() < share:
                    at = (row * columns + column) * 3
                    bright = dice.uniform(0.45, 1)
                    lamps[at : at + 3] = bytes(round(part * bright) for part in tone)
        roofs.extend([roof] * wide)
    return roofs[:columns], lamps


def _panes(size: Size) -> Image:
    """1 where the glass of a window is."""
    pane = pyvips.Image.black(_CELL - 5, _CELL - 4) + 1
    cell = pane.embed(4, 3, _CELL, _CELL).copy_memory()
    return cell.replicate(size.width // _CELL + 1, size.height // _CELL + 1).crop(0, 0, *size)


def _rippled(mirrored: Image, seed: int, deep: Tone) -> Image:
    """Stretched downwards and disturbed, as a harbour shows its town."""
    size = Size(mirrored.width, mirrored.height)
    long = mirrored.resize(1, vscale=0.16, kernel="linear").resize(1, vscale=6.4, kernel="cubic")
    long = long.embed(0, 0, *size, extend="copy").copy_memory()
    chop = canvas.clouds(size, seed, 0.05, stretch=5, octaves=3).copy_memory()
    places = pyvips.Image.xyz(*size) + (chop * 16).bandjoin(chop * 9)
    water = long.mapim(places, interpolate=pyvips.Interpolate.new("bilinear"), extend="copy")
    return canvas.lay(water * 0.85, deep, ((chop + 0.25) * 0.7).clamp() * 0.6)


def lights(size: Size, seed: int, tones: tuple[Tone, ...]) -> Image:
    """Lamps out of focus. Tones: night above, night below, then those of the lamps."""
    dice = canvas.dice(seed)
    high, low, *lamps = tones
    picture = canvas.gradient(size, high, low, high)
    for _ in range(3):
        where = dice.random(), dice.uniform(0.3, 0.8)
        picture = canvas.shine(picture, dice.choice(lamps), canvas.glow(size, *where, 0.4), 0.25)
    pieces = []
    for layer in range(4):
        for tone in lamps * 3:
            lamp = _lamp(round(size.height * (0.035 + 0.03 * layer)), tone, dice.uniform(0.3, 0.7))
            x, y = dice.randrange(size.width), int(size.height * dice.triangular(0, 1, 0.55))
            pieces.append((lamp, x - lamp.width // 2, y - lamp.height // 2))
    return canvas.compose(picture, pieces, "screen")


def _lamp(radius: int, tone: Tone, bright: float) -> Image:
    """A disc whose rim is brighter, as a lens shows a lamp that it is not focused on."""
    size = Size(2 * radius + 8, 2 * radius + 8)
    soft = 1.5 + radius / 20
    whole = canvas.disc(size, 0.5, 0.5, radius / size.height, soft)
    inside = canvas.disc(size, 0.5, 0.5, radius * 0.9 / size.height, soft)
    return canvas.cut(canvas.plain(size, tone), (whole - inside * 0.45) * bright)


def fruit(size: Size, seed: int, tones: tuple[Tone, ...]) -> Image:
    """Round fruit on a table, one lamp. Tones: wall, table, then those of the fruit."""
    dice = canvas.dice(seed)
    wall, table, *skins = tones
    picture = canvas.shine(
        canvas.plain(size, wall), "fff4e0", canvas.glow(size, 0.25, 0.2, 0.7), 0.45
    )
    board = canvas.plain(size, table) + canvas.clouds(size, seed, 0.06, stretch=9, octaves=3) * 14
    board = canvas.shine(board, "fff4e0", canvas.glow(size, 0.35, 0.75, 0.5, 2), 0.3)
    picture = canvas.lay(picture, board, canvas.below(size, canvas.line(size, [0.6, 0.6]), 6))
    places = [(0.5 + (index - 1.5) * 0.17 + dice.uniform(-0.02, 0.02)) for index in range(4)]
    order = [(x, 0.56 + 0.09 * (index % 2)) for index, x in enumerate(places)]
    for index, (x, y) in enumerate(sorted(order, key=lambda place: place[1])):
        picture = _ball(picture, x, y, 0.15 * dice.uniform(0.9, 1.1), skins[index % len(skins)])
    return picture


def _ball(picture: Image, x: float, y: float, radius: float, skin: Tone) -> Image:
    size = Size(picture.width, picture.height)
    shade = canvas.glow(size, x + 0.06, y + radius * 0.9, radius * 1.15, 3.2)
    picture = canvas.lay(picture, "140c08", shade * 0.75)
    reach = radius * size.height
    aside = (canvas.across(size) - x * size.width) / reach
    under = (canvas.down(size) - y * size.height) / reach
    height = (aside * aside * -1 - under * under + 1).clamp() ** 0.5
    light = (aside * -0.5 - under * 0.6 + height * 0.62).clamp()
    body = canvas.lay(
        canvas.plain(size, canvas.mix(skin, "000000", 0.72)), skin, light * 0.9 + 0.05
    )
    body = canvas.shine(body, "ffffff", light**14, 0.55)
    return canvas.lay(picture, body, canvas.disc(size, x, y, radius))


def _floats(values: list[float]) -> bytes:
    return array.array("f", values).tobytes()
