"""Scenes of the land: dunes, hills, fields, birches."""

import random

from wirephoto.cli.demo.pictures import canvas
from wirephoto.cli.demo.pictures.canvas import Image, Size, Tone

_TREE_LINE = 0.6  # ranges nearer than this bear trees


def dunes(size: Size, seed: int, tones: tuple[Tone, ...]) -> Image:
    """Tones: sky above, sky below, sun, sand in light, sand in shadow."""
    dice = canvas.dice(seed)
    high, low, sun, light, shadow = tones
    at = dice.uniform(0.2, 0.8)
    picture = canvas.gradient(size, high, low, low)
    picture = canvas.shine(
        picture, canvas.mix(low, sun, 0.5), canvas.glow(size, at, 0.36, 0.3), 0.6
    )
    picture = canvas.lay(picture, sun, canvas.disc(size, at, 0.33, 0.045))
    for layer in range(5):
        near = layer / 4
        level = 0.42 + 0.44 * near**1.2
        crest = canvas.line(size, canvas.waves(dice, level, 0.05 + 0.07 * near, most=3))
        foot = canvas.line(size, canvas.waves(dice, level + 0.08 + 0.1 * near, 0.08, most=2))
        lit = canvas.mix(low, light, 0.35 + 0.65 * near)
        dark = canvas.mix(low, shadow, 0.3 + 0.7 * near)
        side = canvas.below(size, foot, soft=size.height * (0.10 + 0.12 * near))
        dune = canvas.lay(canvas.plain(size, lit), dark, side)
        wind = canvas.clouds(size, seed + layer, 0.3, octaves=2) * 5
        ripples = ((canvas.down(size) / (2 + 4 * near) + wind) * 57.3).sin() * (5 * near + 0.5)
        picture = canvas.lay(picture, dune + ripples, canvas.below(size, crest, 1.5))
    return picture


def hills(size: Size, seed: int, tones: tuple[Tone, ...]) -> Image:
    """Ranges in fog. Tones: sky above, sky below, fog, the nearest range, light."""
    dice = canvas.dice(seed)
    high, low, fog, near, light = tones
    picture = canvas.gradient(size, high, low, fog)
    at = dice.uniform(0.2, 0.8)
    picture = canvas.shine(
        picture, canvas.mix(low, light, 0.5), canvas.glow(size, at, 0.28, 0.3), 0.55
    )
    picture = canvas.lay(picture, light, canvas.disc(size, at, 0.27, 0.05, soft=3) * 0.9)
    layers = 6
    for layer in range(layers):
        share = (layer + 1) / layers
        level = 0.38 + 0.5 * share**1.15
        points = bare = canvas.ridge(dice, level, 0.16 - 0.06 * share, rough=0.48)
        if share > _TREE_LINE:
            points = canvas.wooded(dice, points, 0.09 * share**2, 0.8)
        crest = canvas.line(size, points)
        tone = canvas.mix(fog, near, share**1.4)
        mist = canvas.mix(tone, fog, 0.75 - 0.45 * share)
        deep = ((canvas.down(size) - canvas.line(size, bare)) / (size.height * 0.22)).clamp()
        body = canvas.lay(canvas.plain(size, tone), mist, deep)
        picture = canvas.lay(picture, body, canvas.below(size, crest, 1.2))
    return picture


def fields(size: Size, seed: int, tones: tuple[Tone, ...]) -> Image:
    """Rows of flowers to the horizon. Tones: sky above, sky below, earth, then the flowers."""
    dice = canvas.dice(seed)
    high, low, earth, *flowers = tones
    horizon = dice.uniform(0.34, 0.42)
    sky = _sky(size, seed, high, low)
    depth = (canvas.down(size) - horizon * size.height + 2).clamp(min=2, max=size.height)
    aside = (canvas.across(size) - dice.uniform(0.35, 0.65) * size.width) / depth
    rows = aside * dice.uniform(4.5, 6.5)
    ground = _strips(size, rows, flowers)
    rounded = ((rows * 360).cos() * 0.5 + 0.5).clamp()
    blossoms = canvas.clouds(size, seed + 9, 0.02, octaves=2) * 28
    near = (depth / (size.height * 0.6)).clamp()
    ground = canvas.lay(ground + blossoms * near, earth, rounded**3 * (near * 0.5 + 0.35))
    ground = canvas.lay(ground, low, (near * -4 + 1).clamp() * 0.8)
    edge = canvas.line(size, canvas.waves(dice, horizon, 0.004))
    picture = canvas.lay(sky, ground, canvas.below(size, edge))
    trees = canvas.wooded(dice, canvas.ridge(dice, horizon - 0.006, 0.012), 0.03, 0.6)
    wood = canvas.below(size, canvas.line(size, trees)) * (canvas.below(size, edge) * -1 + 1)
    return canvas.lay(picture, canvas.mix(earth, low, 0.45), wood)


def birches(size: Size, seed: int, tones: tuple[Tone, ...]) -> Image:
    """Trunks in a misty wood. Tones: light between them, canopy, ground, bark, marks of bark."""
    dice = canvas.dice(seed)
    light, canopy, ground, bark, marks = tones
    picture = canvas.gradient(size, canopy, light, light, ground)
    picture = picture + canvas.clouds(size, seed, 0.3, octaves=2) * 16
    picture = canvas.shine(
        picture, "fff2d0", canvas.glow(size, dice.uniform(0.3, 0.7), 0.4, 0.4), 0.3
    )
    floor = canvas.line(size, canvas.waves(dice, 0.84, 0.02))
    litter = canvas.plain(size, ground) + canvas.clouds(size, seed + 5, 0.03, stretch=3) * 40
    picture = canvas.lay(picture, litter, canvas.below(size, floor, size.height * 0.12))
    for layer in range(3):
        picture = _trunks(picture, dice, layer / 2, (light, bark, marks), seed + layer)
    leaves = canvas.clouds(size, seed + 3, 0.09)
    share = (canvas.down(size) / (-0.5 * size.height) + 1).clamp()
    return canvas.lay(
        picture, canvas.mix(canopy, "ffffff", 0.1), ((leaves * 3) * share - 0.1).clamp() * 0.9
    )


def _trunks(
    picture: Image, dice: random.Random, near: float, tones: tuple[Tone, Tone, Tone], seed: int
) -> Image:
    """One layer of them, each painted on a strip of the picture."""
    light, bark, marks = tones
    count = round(9 - 3 * near)
    spots = canvas.clouds(Size(picture.width, picture.height), seed, 0.035, stretch=3.5, octaves=3)
    spots = spots.copy_memory()
    pieces = []
    for index in range(count):
        half = picture.height * (0.009 + 0.022 * near) * dice.uniform(0.7, 1.2)
        lean = dice.uniform(-0.05, 0.05) * picture.height
        middle = (index + dice.uniform(0.15, 0.85)) / count * picture.width
        reach = half + abs(lean) / 2 + 2
        left, right = max(0, int(middle - reach)), min(picture.width, int(middle + reach))
        strip = Size(right - left, picture.height)
        tilt = canvas.down(strip) * (lean / picture.height) + (middle - left - lean / 2)
        aside = (canvas.across(strip) - tilt) / half
        wood = canvas.plain(strip, canvas.mix(light, bark, 0.25 + 0.75 * near))
        wood = wood - aside.clamp(min=-1, max=1) * (34 * near + 8)
        bands = spots.crop(left, 0, *strip)
        wood = canvas.lay(wood, marks, ((bands - 0.25) * 5).clamp() * (0.25 + 0.65 * near))
        foot = canvas.line(strip, [0.86 + 0.1 * near + dice.uniform(-0.01, 0.01)] * 3)
        trunk = ((aside.abs() * -1 + 1) * half + 0.5).clamp()
        trunk = trunk * (canvas.below(strip, foot, 8) * -1 + 1)
        pieces.append((canvas.cut(wood, trunk), left, 0))
    return canvas.compose(picture, pieces)


def _strips(size: Size, rows: Image, flowers: list[Tone]) -> Image:
    """A tone a row, in turn."""
    turn = ((rows + 0.5).floor() + 600 * len(flowers)) % len(flowers)
    ground = canvas.plain(size, flowers[0])
    for index, tone in enumerate(flowers[1:], 1):
        ground = canvas.lay(ground, tone, (turn == index).ifthenelse(1, 0))
    return ground


def _sky(size: Size, seed: int, high: Tone, low: Tone) -> Image:
    sky = canvas.gradient(size, high, low, low)
    heaps = canvas.clouds(size, seed, 0.35, stretch=2.2, octaves=5)
    cover = ((heaps - 0.05) * 1.4).clamp()
    return canvas.lay(sky, canvas.mix(low, "ffffff", 0.75), cover * 0.8)
