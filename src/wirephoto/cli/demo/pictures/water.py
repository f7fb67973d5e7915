"""Scenes of water and sky: the sea, clouds, the moon, stars, northern lights."""

import random

from wirephoto.cli.demo.pictures import canvas
from wirephoto.cli.demo.pictures.canvas import Image, Size, Tone


def sea(size: Size, seed: int, tones: tuple[Tone, ...]) -> Image:
    """A low sun over water. Tones: sky above, between, at the horizon, sun, deep water."""
    dice = canvas.dice(seed)
    high, middle, low, sun, deep = tones
    at, horizon = dice.uniform(0.3, 0.7), dice.uniform(0.5, 0.6)
    picture = canvas.gradient(size, high, middle, low, low, low)
    veil = ((canvas.clouds(size, seed, 0.16, stretch=5, octaves=4) - 0.02) * 2).clamp()
    picture = canvas.lay(picture, canvas.mix(middle, sun, 0.45), veil * 0.55)
    picture = canvas.shine(picture, sun, canvas.glow(size, at, horizon, 0.32), 0.6)
    picture = canvas.lay(picture, sun, canvas.disc(size, at, horizon - 0.05, 0.07))
    water = canvas.gradient(size, low, low, canvas.mix(low, deep, 0.5), deep, deep)
    depth = ((canvas.down(size) - horizon * size.height) / (size.height * (1 - horizon))).clamp()
    swell = canvas.clouds(size, seed + 7, 0.035, stretch=8, octaves=2)
    chop = canvas.clouds(size, seed + 8, 0.014, stretch=6, octaves=2)
    relief = swell * depth + chop * (depth * -0.6 + 0.7)
    water = water + relief * [26, 26, 24]
    spread = depth * (0.16 * size.width) + 0.05 * size.width
    aside = (canvas.across(size) - at * size.width) / spread
    path = (aside * aside * -1).exp() * ((relief + 0.18) * 3.2).clamp()
    water = canvas.shine(water, sun, path, 0.95)
    edge = canvas.line(size, [horizon, horizon])
    return canvas.lay(picture, water, canvas.below(size, edge, 2))


def clouds(size: Size, seed: int, tones: tuple[Tone, ...]) -> Image:
    """Heaps of clouds, lit from above. Tones: sky above, sky below, cloud in light, in shadow."""
    high, low, light, shadow = tones
    picture = canvas.gradient(size, high, low)
    heaps = canvas.soften(canvas.clouds(size, seed, 0.5, stretch=1.5, octaves=6), 1.2)
    rise = canvas.down(size) * (0.75 / size.height) - 0.42
    body = (heaps + rise).copy_memory()
    lifted = body.embed(0, round(size.height * 0.035), *size, extend="copy")
    lit = ((body - lifted) * 2.6 + 0.55).clamp()
    mass = canvas.lay(canvas.plain(size, shadow), light, lit)
    picture = canvas.lay(picture, mass, (body * 4.5).clamp())
    return canvas.shine(picture, light, canvas.glow(size, 0.75, 0.1, 0.5), 0.35)


def moon(size: Size, seed: int, tones: tuple[Tone, ...], over: float | None = None) -> Image:
    """The full moon over ridges; ``over`` is where it stands, as a share of the height.

    Tones: sky above, sky below, moon, ridges.
    """
    dice = canvas.dice(seed)
    high, low, pale, near = tones
    at, usual, radius = dice.uniform(0.3, 0.7), dice.uniform(0.3, 0.4), dice.uniform(0.15, 0.2)
    over = usual if over is None else over
    picture = canvas.gradient(size, high, canvas.mix(high, low, 0.5), low)
    picture = canvas.shine(picture, "ffffff", canvas.specks(size, dice, 350, 0.7), 0.8)
    picture = canvas.shine(picture, pale, canvas.glow(size, at, over, radius * 2.1), 0.5)
    seas = ((canvas.clouds(size, seed, radius * 1.1, octaves=5) + 0.05) * 1.5).clamp()
    face = canvas.lay(canvas.plain(size, pale), canvas.mix(pale, near, 0.45), seas * 0.75)
    picture = canvas.lay(picture, face, canvas.disc(size, at, over, radius))
    haze = ((canvas.clouds(size, seed + 4, 0.12, stretch=6) - 0.1) * 1.6).clamp()
    picture = canvas.lay(picture, canvas.mix(low, pale, 0.2), haze * 0.4)
    return _ridges(picture, dice, low, near)


def stars(size: Size, seed: int, tones: tuple[Tone, ...]) -> Image:
    """The Milky Way over a wood. Tones: sky above, sky below, dust, wood."""
    dice = canvas.dice(seed)
    high, low, dust, near = tones
    picture = canvas.gradient(size, high, canvas.mix(high, low, 0.35), low)
    lean = dice.uniform(0.5, 0.9) * dice.choice((-1, 1))
    aside = canvas.across(size) - size.width / 2 + (canvas.down(size) - size.height * 0.4) * lean
    band = ((aside / (0.2 * size.width)) ** 2 * -1).exp()
    smoke = canvas.clouds(size, seed, 0.3, octaves=5)
    picture = canvas.shine(picture, dust, band * ((smoke * 0.9 + 0.45).clamp()), 0.75)
    lanes = ((canvas.clouds(size, seed + 11, 0.22, octaves=5) - 0.12) * 2.5).clamp() * band
    picture = canvas.lay(picture, high, lanes * 0.7)
    many = size.width * size.height // 260
    picture = canvas.shine(picture, "ffffff", canvas.specks(size, dice, many, 0.95))
    large = canvas.soften(canvas.specks(size, dice, many // 25, 0.9), 1.1) * 7
    picture = canvas.shine(picture, "dfe9ff", large.clamp())
    crest = canvas.wooded(dice, canvas.ridge(dice, 0.86, 0.05), 0.16, 0.85)
    return canvas.lay(picture, near, canvas.below(size, canvas.line(size, crest), 1.2))


def aurora(size: Size, seed: int, tones: tuple[Tone, ...]) -> Image:
    """Northern lights. Tones: sky above, sky below, light below, light above, snow."""
    dice = canvas.dice(seed)
    high, low, green, violet, snow = tones
    picture = canvas.gradient(size, high, low)
    picture = canvas.shine(picture, "ffffff", canvas.specks(size, dice, 700, 0.8), 0.8)
    for layer in range(3):
        level = 0.3 + 0.14 * layer
        curtain = canvas.line(size, canvas.waves(dice, level, 0.13, most=4))
        up = (curtain - canvas.down(size)) / (size.height * (0.16 + 0.08 * layer))
        rays = canvas.clouds(Size(size.width, 8), seed + layer, 2.5, octaves=4)
        rays = (rays.crop(0, 0, size.width, 1) * 0.7 + 0.7).clamp(min=0.05, max=1.4)
        rays = rays.embed(0, 0, *size, extend="copy")
        faded = ((up.clamp(min=0, max=6)) * -1.1).exp() * (up * 8 + 1).clamp() * rays
        strength = 0.6 + 0.15 * layer
        picture = canvas.shine(picture, green, faded * (up * -0.55 + 1).clamp(), strength)
        picture = canvas.shine(picture, violet, faded * (up * 0.6).clamp(), strength)
    return _ridges(picture, dice, canvas.mix(low, snow, 0.55), canvas.mix(low, high, 0.6))


def _ridges(picture: Image, dice: random.Random, far: Tone, near: Tone) -> Image:
    """Three ranges, from far to near."""
    size = Size(picture.width, picture.height)
    for layer in range(3):
        share = layer / 2
        points = canvas.ridge(dice, 0.74 + 0.09 * layer, 0.10 - 0.02 * layer)
        if layer:
            points = canvas.wooded(dice, points, 0.05 * layer, 0.5 + 0.15 * layer)
        mask = canvas.below(size, canvas.line(size, points), 1.2)
        picture = canvas.lay(picture, canvas.mix(far, near, 0.35 + 0.65 * share), mask)
    return picture
