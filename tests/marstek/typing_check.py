"""Holds a typed value against its own annotations, at run time."""

import types
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints


@cache
def hints_of(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def wrong_fields(value: Any) -> list[str]:
    """Names of the fields whose content is not what the annotation says, also inside."""
    assert is_dataclass(value)
    hints = hints_of(type(value))  # type: ignore[arg-type]
    return [
        f"{field.name}={getattr(value, field.name)!r}"
        for field in fields(value)
        if not fits(getattr(value, field.name), hints[field.name])
    ]


def fits(content: Any, hint: Any) -> bool:
    """Exact types: a bool is no int, an int no float."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(fits(content, one) for one in get_args(hint))
    if origin is tuple:
        return type(content) is tuple and all(fits(one, get_args(hint)[0]) for one in content)
    if hint is type(None):
        return content is None
    if is_dataclass(hint):
        return type(content) is hint and wrong_fields(content) == []
    if isinstance(hint, type) and issubclass(hint, Enum):
        return type(content) is hint
    return type(content) is hint and content == content  # noqa: PLR0124  NaN differs from itself
