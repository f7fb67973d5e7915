"""OpenAPI describes what is there: no answer that it does not name, no 500."""

from collections.abc import Iterator
from typing import Any

import hypothesis
import jsonschema
import pytest
import schemathesis
from schemathesis import checks
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks as openapi

from tests.fixtures import service as services

EXAMPLES = 40


@pytest.fixture(scope="module")
def document(shared_service: services.Service) -> dict[str, Any]:
    return dict(shared_service.client.get("/openapi.json").json())


CHECKS = [
    checks.not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_schema_conformance,
]
settings = hypothesis.settings(
    max_examples=EXAMPLES,
    suppress_health_check=list(hypothesis.HealthCheck),
    derandomize=True,
    database=None,
)


@pytest.mark.timeout(300)
def test_no_call_finds_a_500_or_an_answer_that_is_not_documented(
    shared_service: services.Service,
) -> None:
    """With a token that may do everything."""
    described = schemathesis.openapi.from_url(f"{shared_service.url}/openapi.json")
    headers = {"Authorization": f"Bearer {shared_service.token}"}
    called = []

    for found in described.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        called.append(operation.label)

        @settings
        @hypothesis.given(operation.as_strategy())
        def call(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS)

        call()

    assert len(called) >= 6


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_every_operation_says_what_it_answers_and_what_goes_wrong(
    document: dict[str, Any],
) -> None:
    for path, method, operation in _operations(document):
        assert operation["summary"], (path, method)
        assert "200" in operation["responses"], (path, method)
        assert "503" in operation["responses"], (path, method)


def test_operations_with_a_token_say_so_and_the_others_do_not(document: dict[str, Any]) -> None:
    open_to_all = {
        path for path, _, operation in _operations(document) if "security" not in operation
    }

    assert open_to_all == {
        "/api/{version}/health",
        "/api/{version}/import/uploads/{id}",
        "/api/{version}/mediaLibrary/serve-image/{key}",
    }


def test_examples_have_the_shape_they_are_examples_of(document: dict[str, Any]) -> None:
    checked = 0
    for _, _, operation in _operations(document):
        bodies = [*operation["responses"].values(), operation.get("requestBody", {})]
        for body in bodies:
            for content in body.get("content", {}).values():
                if "example" in content:
                    schema = {**content["schema"], "components": document["components"]}
                    jsonschema.validate(content["example"], schema)
                    checked += 1
    assert checked >= 5
