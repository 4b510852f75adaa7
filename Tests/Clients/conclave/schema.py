"""The specification's OpenAPI documents as judges of what the server answers."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

REPOSITORY = Path(__file__).resolve().parents[3]
HOME = Path(os.environ.get("MATRIX_SPEC", REPOSITORY.parent / "shared" / "matrix-spec"))
DOCUMENTS = HOME / "data" / "api" / "client-server"


# Its schema says "one of: any object, a state event", which no state event can satisfy.
WITHOUT_SCHEMA = {"getRoomStateWithKey"}


def present() -> bool:
    return DOCUMENTS.is_dir()


def load(path: Path) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, Loader=loader)


class Specification:
    """Finds the operation that a request belongs to and validates the body of its answer."""

    def __init__(self) -> None:
        from referencing import Registry
        from referencing.jsonschema import DRAFT202012

        self.answered: set[str] = set()
        self._validators: dict[tuple[str, str], Any] = {}
        self._operations: list[tuple[re.Pattern[str], str, str, str, dict[str, Any]]] = []
        self._registry = Registry(
            retrieve=lambda uri: DRAFT202012.create_resource(load(Path(urlsplit(uri).path))))
        for file in sorted(DOCUMENTS.glob("*.yaml")):
            self._read(file)

    def _read(self, file: Path) -> None:
        document = load(file)
        servers = document.get("servers") or [{}]
        base = servers[0].get("variables", {}).get("basePath", {}).get("default", "")
        for template, methods in (document.get("paths") or {}).items():
            pattern = re.compile(re.sub(r"\\\{[^/]*?\\\}", "[^/]*", re.escape((base + template).strip())) + "$")
            for method, operation in methods.items():
                if isinstance(operation, dict) and "responses" in operation:
                    pointer = f"{file.as_uri()}#/paths/{template.replace('~', '~0').replace('/', '~1')}/{method}"
                    name = operation.get("operationId", template)
                    self._operations.append((pattern, method.upper(), name, pointer, operation["responses"]))

    def check(self, method: str, path: str, status: int, body: Any) -> None:
        """Notes the operation as answered; raises when the body breaks its schema."""
        for pattern, verb, name, pointer, responses in self._operations:
            if verb != method or not pattern.match(path):
                continue
            if status == 200:
                self.answered.add(name)
            answer = responses.get(str(status)) or responses.get(status)
            if name not in WITHOUT_SCHEMA and isinstance(answer, dict) and "application/json" in answer.get("content", {}):
                self._validate(name, f"{pointer}/responses/{status}/content/application~1json/schema", status, body)
            return

    def _validate(self, name: str, pointer: str, status: int, body: Any) -> None:
        import jsonschema

        validator = self._validators.get((pointer, str(status)))
        if validator is None:
            validator = jsonschema.Draft202012Validator({"$ref": pointer}, registry=self._registry)
            self._validators[(pointer, str(status))] = validator
        error = jsonschema.exceptions.best_match(validator.iter_errors(body))
        assert error is None, f"{name} breaks its schema at {list(error.absolute_path)}: {error.message:.400}"
