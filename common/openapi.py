"""What the API document says of every operation: errors are problem details."""

from typing import Any

from common.problems import MEDIA_TYPE

_METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Problem details (RFC 9457), in the language of the request.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "What went wrong."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {}, "description": "By field."},
        "state": {"type": "string", "description": "With 409: the state that was found."},
    },
    "required": ["type", "title", "status"],
}


def describe_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Hook of drf-spectacular: every operation names the shape of its refusals."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for method in _METHODS:
            responses = operations.get(method, {}).get("responses")
            if responses is None:
                continue
            for code in [code for code in responses if str(code)[0] in "45"]:
                responses[code] = {**responses[code], "content": content}
            responses["default"] = {"description": "Refused.", "content": content}
    return result
