"""How drf-spectacular describes our views: names, the headers that all of them share, errors in one shape."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

PREFIX = "/api/v1/"


class TokenScheme(OpenApiAuthenticationExtension):
    """The token, for `securitySchemes`."""

    target_class = "accounts.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "dms_…"}


class Described(AutoSchema):
    """An operation is called by its method and path, so that no two collide; headers follow from the view."""

    def get_operation_id(self) -> str:
        parts = self.path.removeprefix(PREFIX).strip("/").replace("-", "_").split("/")
        return "_".join([self.method.lower(), *("one" if part.startswith("{") else part for part in parts)])

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix(PREFIX).partition("/")[0]]

    def get_override_parameters(self) -> Any:
        found: list[OpenApiParameter] = list(getattr(self.view, "queries", {}).get(self.method, []))
        if self.method == "POST" and hasattr(self.view, "keyed"):
            must = "Required with a token. " if self.view.keyed else ""
            text = f"{must}The same key and body are carried out once and answered alike; another body is 409."
            found.append(OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description=text))
        if self.method in ("PATCH", "DELETE"):
            text = "The ETag that was read. 428 without it, 412 when somebody saved in between."
            found.append(OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True, description=text))
        return found


def ours(endpoints: list[Any]) -> list[Any]:
    """Only what belongs to version 1."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(PREFIX)]


def problems(result: dict[str, Any], **_more: Any) -> dict[str, Any]:
    """Every operation may answer with problem details."""
    text = {"type": "string"}
    result["components"].setdefault("schemas", {})["Problem"] = {
        "type": "object",
        "description": "RFC 9457. `title` is a stable word, `detail` a sentence for a person.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "errors": {"type": "array", "items": {"type": "object", "properties": {"field": text, "detail": text}}},
            "values": {
                "type": "object",
                "additionalProperties": {"type": "object", "properties": {"theirs": text, "yours": text}},
            },
        },
    }
    answer = {"$ref": "#/components/schemas/Problem"}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {
                "description": "Refused or not possible, with the reason",
                "content": {"application/problem+json": {"schema": answer}},
            }
    return result
