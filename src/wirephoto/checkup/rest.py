"""What can be said without a database: settings, project files, address guard, decoder."""

from wirephoto import errors, model, settings, wiring
from wirephoto.checkup.finding import Finding
from wirephoto.net import addresses
from wirephoto.pipeline.decoding import message
from wirephoto.pipeline.decoding import pool as decoding
from wirephoto.renditions import variant

_GUARDED = "169.254.169.254"
_DOT = bytes.fromhex(
    "47494638396101000100800000000000ffffff2c00000000010001000002024401003b"
)  # a GIF of one pixel


def settings_() -> Finding:
    unknown = settings.unknown_variables()
    if unknown:
        text = "{names}: no setting of wirephoto, without effect; check the spelling"
        return Finding("settings", ok=False, text=text, values={"names": ", ".join(unknown)})
    text = "{file} and WIREPHOTO_… are right"
    return Finding("settings", ok=True, text=text, values={"file": settings.FILE})


def projects(given: settings.Settings) -> Finding:
    """Raises errors.SettingError where a file cannot be read or breaks a rule."""
    read = wiring.load_projects(given)
    said = "; ".join(read.warnings or sorted(read.projects))
    return Finding("projects", ok=not read.warnings, text="{said}", values={"said": said})


def guard(given: settings.Settings) -> Finding:
    try:
        addresses.check_address(_GUARDED, 80, wiring.rule(given))
    except errors.BlockedAddress:
        opened = ", ".join(str(network) for network in given.allow_networks)
        if not opened:
            return Finding("guard", ok=True, text="on, nothing exempt")
        text = "on; exempt by WIREPHOTO_ALLOW_NETWORKS: {opened}"
        return Finding("guard", ok=True, text=text, values={"opened": opened})
    text = "{address} would be reached: report this as a fault"
    return Finding("guard", ok=False, text=text, values={"address": _GUARDED})


async def decoder() -> Finding:
    """A picture made in each format, in a child as it is for who asks."""
    decoders = decoding.Decoders(decoding.RENDERING)
    formats = variant.FORMATS.values()
    try:
        for kind in formats:
            job = message.Render(model.Kind.GIF, 1, 80, None, "contain", kind, 80)
            await decoders.render(job, _DOT)
    except errors.PictureError as fault:
        text = "libvips makes nothing smaller ({reason}): is pyvips-binary installed whole?"
        return Finding("decoder", ok=False, text=text, values={"reason": fault.reason})
    finally:
        await decoders.close()
    made = ", ".join(kind.name for kind in formats)
    return Finding("decoder", ok=True, text="makes {formats}", values={"formats": made})
