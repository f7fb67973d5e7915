"""Scenes made of leaves, and a single leaf on nothing."""

import random

from wirephoto.cli.demo.pictures import canvas
from wirephoto.cli.demo.pictures.canvas import Image, Size, Tone


def foliage(size: Size, seed: int, tones: tuple[Tone, ...]) -> Image:
    """Leaves before leaves. Tones: light behind, darkness behind, then those of the leaves."""
    dice = canvas.dice(seed)
    light, dark, *greens = tones
    picture = canvas.gradient(size, canvas.mix(dark, light, 0.5), dark)
    picture = canvas.shine(picture, light, canvas.glow(size, dice.uniform(0.3, 0.7), 0.3, 0.5), 0.7)
    for layer, count in enumerate((22, 24, 20)):
        tones_here = [canvas.mix(dark, green, 0.3 + 0.35 * layer) for green in greens]
        long = round(size.height * (0.17 + 0.05 * layer))
        kinds = [_leaf(long, tone, canvas.mix(tone, light, 0.35)) for tone in tones_here]
        picture = canvas.compose(picture, [_falling(size, dice, kinds) for _ in range(count)])
        if layer < 2:  # noqa: PLR2004 - the last one is in focus
            picture = canvas.soften(picture, (2 - layer) * size.height / 110)
    return picture


def _falling(size: Size, dice: random.Random, kinds: list[Image]) -> tuple[Image, int, int]:
    """One of them somewhere, turned and scaled by chance."""
    leaf = dice.choice(kinds).similarity(angle=dice.uniform(0, 360), scale=dice.uniform(0.75, 1.2))
    x, y = dice.randrange(size.width), dice.randrange(size.height)
    return leaf.copy_memory(), x - leaf.width // 2, y - leaf.height // 2


def leaf(size: Size, seed: int, tones: tuple[Tone, ...]) -> Image:
    """One leaf, transparent around it. Tones: the leaf, its veins."""
    tone, veins = tones
    long = round(size.height * 0.92)
    upright = _leaf(long, tone, veins).similarity(angle=canvas.dice(seed).uniform(35, 75))
    return upright.gravity("centre", *size)


def _leaf(long: int, tone: Tone, vein: Tone) -> Image:
    """Pointing right, four bands of eight bits."""
    size = Size(long, long // 2)
    along = canvas.across(size) / long
    aside = (canvas.down(size) - size.height / 2) / size.height * 2
    bow = (along * 180).sin() * (along * -0.5 + 1.1) * 0.8
    shape = ((bow - aside.abs()) * (long / 4) + 0.5).clamp()
    ribs = ((along * 9 - aside.abs() * 2.2) * 360).cos() ** 16
    middle = (aside.abs() * -long / 7 + 1.4).clamp()
    body = canvas.plain(size, tone) + aside * -16
    body = canvas.lay(body, vein, (ribs * 0.3 + middle * 0.7).clamp() * 0.75)
    return canvas.cut(body, shape)
