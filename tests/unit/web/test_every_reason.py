"""No reason that our code can write lacks its German: all of them are read from the source."""

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.fixtures import sentences
from wirephoto import errors
from wirephoto.pipeline.fetch import answer
from wirephoto.web import reasons

ENGLISH = re.compile(r"\b(the|is|of|not|a|it|must|has|and|no|which|that|than|or|with|for)\b")
QUOTED = re.compile(r'"[^"]*"|„[^“]*“|http\S*')
LEAVES = {leaf.__name__ for leaf in errors.PictureError.__subclasses__()}
FAILURES = LEAVES | {"BadUrl", "BadRow", "Unreadable"}
REQUESTS = {leaf.__name__ for leaf in errors.RequestError.__subclasses__()}
ON_PAGES = ("web/", "pipeline/", "library/", "api/asked", "api/status", "api/services")
NOT_ON_PAGES = ("library/register", "library/objects", "library/patch")  # of the API alone
MANIFESTS = ("client/manifest/c",)  # rows of CSV; of the others and of options commands tell alone
RULES = ("pipeline/accept/rules", "pipeline/accept/faults")
# Functions of ``RULES`` that return no fault.
NO_FAULTS = {"name_of", "_integer", "is_flat", "_members", "in_body", "in_document"}


def failures(node: ast.AST) -> list[ast.expr]:
    """What errors of ours, and what a child process sends instead of one, are made of."""
    match node:
        case ast.Call(func=function, args=[reason, *_]) if sentences.name_of(function) in FAILURES:
            return [reason]
        case ast.Call(func=function, args=[_, reason]) if sentences.name_of(function) == "Refused":
            return [reason]
    return []


def rows(node: ast.AST) -> list[ast.expr]:
    """What rows of results and of manifests are given as their reason or problem."""
    match node:
        case ast.Call(func=function, args=[_, _, problem]) if (
            sentences.name_of(function) == "Record"
        ):
            return [problem]
        case ast.Call(func=function, args=[_, _, _, problem]) if (
            sentences.name_of(function) == "Entry"
        ):
            return [problem]
        case ast.Call(func=function, args=arguments, keywords=named):
            return [
                *(one.value for one in named if one.arg == "reason"),
                *arguments[WRITERS.get(sentences.name_of(function), len(arguments)) :][:1],
            ]
    return []


def details(node: ast.AST) -> list[ast.expr]:
    """What a request is refused with."""
    match node:
        case ast.Call(func=function, args=[said, *_]) if sentences.name_of(function) in REQUESTS:
            return [said]
    return []


def found(node: ast.AST) -> list[ast.expr]:
    """What is added to faults and to notes, and what forms say at their fields."""
    match node:
        case ast.Call(func=ast.Attribute(attr="add"), args=[*_, said]):
            return [said]
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id="problems"))], value=said):
            return [said]
        case ast.Assign(targets=[ast.Name(id="problem" | "problems")], value=said):
            return [said]
    return []


def ruled(node: ast.AST) -> list[ast.expr]:
    """What functions say that answer with a fault or with nothing."""
    if not isinstance(node, ast.FunctionDef) or node.name in NO_FAULTS:
        return []
    values = [
        one.value
        for one in ast.walk(node)
        if isinstance(one, ast.Return | ast.Yield) and one.value is not None
    ]
    return [one.elts[-1] if isinstance(one, ast.Tuple) else one for one in values]


def _writers() -> dict[str, int]:
    """Functions of the database that write a reason, and which argument it is."""
    functions = (
        one
        for module in chosen("db/")
        for one in ast.walk(module.tree)
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return {
        one.name: [argument.arg for argument in one.args.args].index("reason")
        for one in functions
        if "reason" in [argument.arg for argument in one.args.args]
    }


def chosen(*beginnings: str, but: tuple[str, ...] = ()) -> list[sentences.Module]:
    return [
        one
        for one in sentences.modules(*beginnings)
        if not one.path.relative_to(sentences.SOURCE).as_posix().startswith(but)
    ]


WRITERS = _writers()


@functools.cache
def places() -> list[sentences.Place]:
    return list(_places())


def _places() -> Iterator[sentences.Place]:
    inner = chosen("pipeline/", "net/", "project/", *MANIFESTS, "web/")
    pages = chosen(*ON_PAGES, but=NOT_ON_PAGES)
    yield from sentences.places(failures, inner)
    yield from sentences.places(rows, chosen("pipeline/", *MANIFESTS))
    yield from sentences.places(details, pages)
    yield from sentences.places(found, chosen("pipeline/embedded/", "library/draft", "web/"))
    yield from sentences.places(found, chosen("library/faults"))
    yield from sentences.places(ruled, chosen(*RULES))


def without_german(known: Iterable[sentences.Place]) -> list[str]:
    """What stays English of what these places say."""
    return [
        f"{place}\n    {english}\n    {german}"
        for place in known
        for english in sentences.said(place)
        if re.search("[A-Za-z]", english)
        and ((german := reasons.said("de", english)) == english or is_english(german))
    ]


def is_english(german: str) -> bool:
    return bool(ENGLISH.search(QUOTED.sub("", german)))


def test_every_reason_there_is_has_its_german() -> None:
    missing = without_german(places())
    assert not missing, "in german_reasons.json is missing:\n" + "\n".join(missing)


def test_of_every_failure_of_a_picture_it_is_known_what_it_says() -> None:
    inner = chosen("pipeline/", "net/", "project/")
    silent = [
        str(place)
        for place in sentences.places(failures, inner)
        if not any(re.search("[a-z]", said) for said in sentences.said(place))
    ]
    assert not silent, "these cannot be followed to their words: " + "\n".join(silent)


def test_reasons_are_followed_to_where_their_words_come_from() -> None:
    said = {text for place in places() for text in sentences.said(place)}
    assert said >= {
        "an icon (ICO)",  # of a table, by a function
        "a hierarchical JPEG, which browsers do not show",  # of a table, inside a text
        "TLS: certificate is for another name",
        "the storage: our credentials are refused",
        "redirect 41: has no host",  # one inside another
        "the id stands earlier in the same batch",  # a constant, handed to the database
        "the import was cancelled",
        "must be at most 41 characters (it has 41)",
        "has 41 cells, the first line 41",
        "XMP: its extension is not whole and was not read",
    }
    assert len(said) > 350


def test_a_reason_that_is_new_is_missed() -> None:
    source = 'def refuse(size):\n    raise errors.Truncated(f"the tail of {size} bytes is lost")\n'
    new = sentences.Module(sentences.SOURCE / "new.py", ast.parse(source))
    (missed,) = without_german(sentences.places(failures, [new]))
    assert "the tail of 41 bytes is lost" in missed


def test_every_status_of_an_origin_is_named_in_german() -> None:
    for status in range(300, 600):
        english = answer.failure(status, {}).reason
        german = reasons.said("de", english)
        assert german.startswith(f"der Ursprung antwortete mit {status}"), german
        phrase = english.partition(f"{status} ")[2]
        assert not phrase or phrase not in german, german


def test_what_stands_in_a_reason_stands_in_its_german() -> None:
    for english, german in reasons.GERMAN.items():
        names = [set(re.findall(r"\{\w+\}", text)) for text in (english, german)]
        assert names[0] == names[1], english
    assert Path(reasons.__file__).with_name("german_reasons.json").read_text("utf-8").count(
        '": "'
    ) == len(reasons.GERMAN), "a key stands twice"
