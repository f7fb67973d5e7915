"""Random values for every field, as exiftool is told to write them, and as we are to read them."""

import random
import string
from typing import Any

from wirephoto.pipeline.embedded import fields

_FAMILIES = {
    "Iptc4xmpCore": "XMP-iptcCore",
    "Iptc4xmpExt": "XMP-iptcExt",
}
_XMP_NAMES = {
    "Iptc4xmpExt:AddlModelInfo": "AdditionalModelInformation",
    "Iptc4xmpExt:DigImageGUID": "DigitalImageGUID",
    "Iptc4xmpExt:EventId": "EventID",
    "Iptc4xmpExt:RegistryId": "RegistryID",
    "plus:Version": "PLUSVersion",
}
# What this version of exiftool cannot write.
NEWER = frozenset(
    {
        "dataMining",
        "aIPromptInformation",
        "aIPromptWriterName",
        "aISystemUsed",
        "aISystemVersionUsed",
    }
)
_LETTERS = {
    "ascii": string.ascii_letters + string.digits + " -'&<>\"",
    "latin": string.ascii_letters + "äöüÄÖÜßéèñçøåÆ¿½",
    "cp1252": string.ascii_letters + "äöüß€…œŽ\u2013\u2014\u201c\u201d\u2019",
    "mac": string.ascii_letters + "äöüßéñ\u2014\u201c\u201d\u2019Ωπ∂",
    "utf8": string.ascii_letters + "äöüßЖдиשלום你好日本語ğışł𝔘😀",
}


def text(chance: random.Random, letters: str, most: int = 24) -> str:
    alphabet = _LETTERS[letters]
    words = "".join(chance.choice(alphabet) for _ in range(chance.randint(1, most)))
    return words.strip() or "x"


IN_XMP = [one.id for one in fields.ALL if one.xmp and one.id not in NEWER]
IN_IIM = [one.id for one in fields.ALL if one.iim]
_VOCABULARY = "http://ns.useplus.org/ldf/vocab/"
_CODED = {
    "plus:MinorModelAgeDisclosure": ("AG-UNK", "AG-A25", "AG-U14"),
    "plus:ModelReleaseStatus": ("MR-NON", "MR-NAP", "MR-UMR"),
    "plus:PropertyReleaseStatus": ("PR-NON", "PR-NAP", "PR-UPR"),
    "plus:LicensorTelephoneType1": ("work", "cell", "home"),
    "plus:LicensorTelephoneType2": ("work", "fax", "pager"),
}


def xmp(
    chance: random.Random, letters: str, wanted: list[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tags for exiftool and the fields they are to be read as."""
    tags: dict[str, Any] = {}
    expected: dict[str, Any] = {}
    for one in map(fields.BY_ID.__getitem__, wanted):
        if one.xmp:
            told, read = _coded(chance, one.xmp) or _value(
                chance, letters, _KINDS.get(one.id, one.type), one.members
            )
            tags[_xmp_tag(one.xmp)] = told
            expected[one.id] = read
    clock = expected.get("dateCreated", "").partition("T")[2]
    return tags, expected | ({"timeCreated": clock} if clock else {})


_KINDS = {"modelAges": "bag-integer"}


def _coded(chance: random.Random, name: str) -> tuple[str, str] | None:
    """A word of a closed list, which exiftool puts behind the address of the list."""
    if name not in _CODED:
        return None
    word = chance.choice(_CODED[name])
    return word, _VOCABULARY + word


def _xmp_tag(name: str) -> str:
    prefix, _, local = name.partition(":")
    tag = _XMP_NAMES.get(name, local[0].upper() + local[1:])
    return f"{_FAMILIES.get(prefix, 'XMP-' + prefix)}:{tag}#"


def _value(chance: random.Random, letters: str, kind: str, members: Any) -> tuple[Any, Any]:
    if kind in {"bag", "seq"}:
        listed = [text(chance, letters) for _ in range(chance.randint(1, 4))]
        return listed, listed
    if kind == "bag-integer":
        ages = [chance.randint(1, 99) for _ in range(chance.randint(1, 3))]
        return ages, [str(age) for age in ages]
    if kind.endswith("-struct"):
        pairs = [_structure(chance, letters, members) for _ in range(chance.randint(1, 2))]
        return [told for told, _ in pairs], [read for _, read in pairs]
    if kind == "struct":
        return _structure(chance, letters, members)
    return _simple(chance, letters, kind)


def _simple(chance: random.Random, letters: str, kind: str) -> tuple[Any, Any]:
    if kind == "date":
        return instant(chance)
    if kind == "integer":
        number = chance.randint(0, 5)
        return number, str(number)
    if kind in {"real", "rational"}:
        size = chance.randint(1, 400) + chance.choice((0.25, 0.5, 0.75))
        return size, str(size)
    if kind == "gps-coordinate":
        degrees = chance.randint(-89, 88) + chance.choice((0.25, 0.5, 0.75))
        return degrees, f"{degrees:.2f}".rstrip("0").rstrip(".")
    told = text(chance, letters)
    return told, told


def _structure(
    chance: random.Random, letters: str, members: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    tags, expected = {}, {}
    for name, member in members.items():
        local = member.xmp.partition(":")[2]
        if local in _NOT_IN_STRUCTURES:
            continue
        told, read = _coded(chance, member.xmp) or _value(
            chance, letters, member.type, member.members
        )
        tags[local[0].upper() + local[1:]] = told
        expected[name] = read
    return tags, expected


_NOT_IN_STRUCTURES = frozenset({"GPSAltitudeRef"})


def instant(chance: random.Random) -> tuple[str, str]:
    """A time in exiftool's form and in ours."""
    day = (chance.randint(1900, 2030), chance.randint(1, 12), chance.randint(1, 28))
    clock = (chance.randint(0, 23), chance.randint(0, 59), chance.randint(0, 59))
    zone = chance.choice(("", "Z", "+02:00", "-11:30"))
    date, time = "{:04}:{:02}:{:02}".format(*day), "{:02}:{:02}:{:02}".format(*clock)
    return f"{date} {time}{zone}", f"{date.replace(':', '-')}T{time}{zone}"


_DATASETS = {
    "2:04": "ObjectAttributeReference", "2:05": "ObjectName", "2:07": "EditStatus",
    "2:10": "Urgency", "2:12": "SubjectReference", "2:15": "Category",
    "2:20": "SupplementalCategories", "2:22": "FixtureIdentifier", "2:25": "Keywords",
    "2:26": "ContentLocationCode", "2:27": "ContentLocationName", "2:30": "ReleaseDate",
    "2:35": "ReleaseTime", "2:37": "ExpirationDate", "2:38": "ExpirationTime",
    "2:40": "SpecialInstructions", "2:55": "DateCreated", "2:60": "TimeCreated",
    "2:62": "DigitalCreationDate", "2:63": "DigitalCreationTime", "2:65": "OriginatingProgram",
    "2:70": "ProgramVersion", "2:75": "ObjectCycle", "2:80": "By-line", "2:85": "By-lineTitle",
    "2:90": "City", "2:92": "Sub-location", "2:95": "Province-State",
    "2:100": "Country-PrimaryLocationCode", "2:101": "Country-PrimaryLocationName",
    "2:103": "OriginalTransmissionReference", "2:105": "Headline", "2:110": "Credit",
    "2:115": "Source", "2:116": "CopyrightNotice", "2:118": "Contact",
    "2:120": "Caption-Abstract", "2:122": "Writer-Editor", "2:131": "ImageOrientation",
    "2:135": "LanguageIdentifier",
}  # fmt: skip
_SHORT = {"2:10": "5", "2:15": "ABC", "2:75": "a", "2:100": "AUT", "2:131": "L", "2:135": "de"}


def iim(
    chance: random.Random, letters: str, wanted: list[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same for IIM; values keep within its limits of bytes."""
    tags: dict[str, Any] = {}
    expected: dict[str, Any] = {}
    for one in map(fields.BY_ID.__getitem__, wanted):
        assert one.iim
        if one.format == "CCYYMMDD":
            told, expected[one.id] = instant(chance)
            tags[f"IPTC:{_DATASETS[one.iim]}"] = told[:10]
            tags[f"IPTC:{_DATASETS[one.time or '']}"] = told[11:] if told[19:] else told[11:] + "Z"
            expected[one.id] = _zoned(expected[one.id])
        elif one.format is None:
            tags[f"IPTC:{_DATASETS[one.iim]}#"], expected[one.id] = _dataset(chance, letters, one)
    if "dateCreated" in expected:
        expected["timeCreated"] = expected["dateCreated"].partition("T")[2]
    return tags, expected


def _zoned(told: str) -> str:
    """exiftool writes a zone always, and that of Greenwich in digits."""
    told = told.removesuffix("Z")
    return told if told[19:] else told + "+00:00"


def _dataset(chance: random.Random, letters: str, one: fields.Field) -> tuple[Any, Any]:
    if one.iim in _SHORT:
        return _SHORT[one.iim], _SHORT[one.iim]
    if one.iim == "2:04":
        told = text(chance, letters, 8)
        return f"001:{told}", told
    if one.iim == "2:12":
        codes = [f"{chance.randint(0, 10**8 - 1):08}" for _ in range(2)]
        return [f"IPTC:{code}:a:b:c" for code in codes], codes
    if one.iim == "2:26":
        return ["AUT", "CHE"], ["AUT", "CHE"]
    most = 3 if one.iim == "2:70" else 8
    if one.is_list:
        listed = [text(chance, "ascii" if most == 3 else letters, most) for _ in range(3)]
        return listed, listed
    told = text(chance, "ascii" if most == 3 else letters, most)
    return told, told


def exif(chance: random.Random, letters: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same for EXIF, by its tags."""
    wide = str.maketrans(
        "", "", "\U0001f600\U0001d518"
    )  # exiftool does not know pairs of UTF-16 (XPKeywords)
    names = ["n" + text(chance, letters).translate(wide) for _ in range(2)]
    told, read = instant(chance)
    latitude, longitude = chance.uniform(-90, 90), chance.uniform(-180, 180)
    fraction = str(chance.randint(10, 99))
    tags = {
        "IFD0:Artist": "; ".join(names),
        "IFD0:Copyright": text(chance, letters),
        "IFD0:ImageDescription": "d" + text(chance, letters),
        "IFD0:Software": text(chance, letters),
        "IFD0:Make": "Canon",
        "ExifIFD:DateTimeOriginal": told[:19],
        "ExifIFD:SubSecTimeOriginal": fraction,
        "ExifIFD:OffsetTimeOriginal": told[19:] or " ",
        "GPS:GPSLatitude": abs(latitude),
        "GPS:GPSLatitudeRef": "S" if latitude < 0 else "N",
        "GPS:GPSLongitude": abs(longitude),
        "GPS:GPSLongitudeRef": "W" if longitude < 0 else "E",
        "GPS:GPSAltitude": 12.5,
        "GPS:GPSAltitudeRef#": 1,
        "ExifIFD:UserComment": text(chance, letters),
        "IFD0:XPKeywords": f"{names[0]};{names[1]}",
    }
    return tags, {
        "creatorNames": names,
        "copyrightNotice": tags["IFD0:Copyright"],
        "description": tags["IFD0:ImageDescription"],
        "originatingProgram": tags["IFD0:Software"],
        "dateCreated": f"{read[:19]}.{fraction}{read[19:].replace('Z', '+00:00')}",
        "keywords": names,
        "userComment": tags["ExifIFD:UserComment"],
        "gPSLatitude": latitude,
        "gPSLongitude": longitude,
        "gPSAltitude": "-12.5",
    }
