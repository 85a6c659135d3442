"""`former.yaml`: what former contracts had and a new one lacks, so that older servers keep it.

It is an overlay that `python -m generator update` writes. What it holds has its full definition:
operations, parameters, answers, schemas, properties and values of enums.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from generator import documents
from generator.json_pointers import split
from generator.json_values import is_list, is_object, rebuilt
from generator.openapi import METHODS, SCHEMA_REF, iterate
from generator.spec import overlay
from generator.spec.references import references

NAME = "former.yaml"
_HEAD = """\
# What former contracts had and the present one lacks: for older servers, and for those of another
# edition. Written by `python -m generator update`; do not edit.
"""
_COMPONENTS = "#/components/"
_PATHS = "x-annoport-paths"
Spec = Mapping[str, Any]


def load(folder: Path) -> dict[str, Any] | None:
    """Return a platform's former.yaml, if there is one."""
    path = folder / NAME
    return documents.load(path) if path.exists() else None


def save(folder: Path, former: Mapping[str, Any] | None) -> None:
    """Write a platform's former.yaml; nothing to keep removes it."""
    path = folder / NAME
    if former is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(_HEAD + documents.dump(dict(former)), encoding="utf-8", newline="\n")


def restored(contract: dict[str, Any], former: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a contract with what it lacks of the former ones."""
    if former is None:
        return contract
    renamed = _renamed(contract, former.get(_PATHS, {}))
    return overlay.apply(renamed, former, origin=NAME) if former["actions"] else renamed


def lacking(former: Spec, contract: Spec, title: str) -> dict[str, Any] | None:
    """Return the overlay that puts back what a new contract lacks; None if it lacks nothing.

    Args:
        former: The contract before, with what that lacked of earlier ones.
        contract: The new contract.
        title: The platform's name.
    """
    paths = _other_names(former, contract)
    found = _Comparison(former, _renamed(contract, paths))
    update = {"paths": _paths(found), "components": _components(found)}
    kept = {key: value for key, value in update.items() if value}
    actions = [{"target": "$", "update": kept}] if kept else []
    actions += found.actions
    if not actions and not paths:
        return None
    return {
        "overlay": "1.1.0",
        "info": {"title": f"What former contracts of {title} had", "version": "1.0.0"},
        **({_PATHS: paths} if paths else {}),
        "actions": rebuilt(actions),
    }


def _other_names(former: Spec, contract: Spec) -> dict[str, str]:
    """Return the paths whose parameters were called otherwise: new path -> the one before.

    Their names are not on the wire, and what our words and callers say should go on.
    """
    before = {_shape(path): path for path in former["paths"]}
    return {
        path: before[shape]
        for path in contract["paths"]
        if (shape := _shape(path)) in before and before[shape] != path
    }


def _renamed(contract: dict[str, Any] | Spec, paths: Mapping[str, str]) -> dict[str, Any]:
    """Return a contract with other names of path parameters."""
    if not paths:
        return dict(contract)
    result: dict[str, Any] = rebuilt(dict(contract))
    result["paths"] = {
        paths.get(path, path): _with_names(item, path, paths[path]) if path in paths else item
        for path, item in result["paths"].items()
    }
    return result


def _with_names(item: dict[str, Any], path: str, other: str) -> dict[str, Any]:
    names = dict(zip(_names(path), _names(other), strict=True))
    for holder in (item, *(item[method] for method in METHODS if method in item)):
        for parameter in holder.get("parameters", ()):
            if parameter.get("in") == "path":
                parameter["name"] = names.get(parameter["name"], parameter["name"])
    return item


def _names(path: str) -> list[str]:
    return re.findall(r"{([^{}]*)}", path)


@attrs.define
class _Comparison:
    """Two contracts, and what was found on the way that has a place of its own.

    Attributes:
        actions: Further actions, for what only a JSONPath can name.
        renamed: Schema of the new contract -> those that stood in its places before.
    """

    old: Spec
    new: Spec
    actions: list[dict[str, Any]] = attrs.field(factory=list[dict[str, Any]])
    renamed: dict[str, set[str]] = attrs.field(factory=dict[str, set[str]])
    _seen: set[tuple[str, str]] = attrs.field(factory=set[tuple[str, str]], init=False)

    def follow(self, old: Any, new: Any) -> None:
        """Note which named schemas stand in the same place, below two schemas."""
        before, after = _reference(old), _reference(new)
        if before and after:
            if (before, after) in self._seen:
                return
            self._seen.add((before, after))
            if before != after:
                self.renamed.setdefault(after, set()).add(before)
        old, new = _followed(self.old, old), _followed(self.new, new)
        theirs = _properties(self.new, new)
        for name, schema in _properties(self.old, old).items():
            if name in theirs:
                self.follow(schema, theirs[name])
        for key in ("items", "additionalProperties"):
            if is_object(old.get(key)) and is_object(new.get(key)):
                self.follow(old[key], new[key])

    def schema(self, old: Any, new: Any) -> dict[str, Any]:
        """Return what a schema lacks of another, and what is in it; references are not followed."""
        if not (is_object(old) and is_object(new)) or "$ref" in old or "$ref" in new:
            return {}
        result: dict[str, Any] = {}
        if "enum" in old and "enum" in new:
            values = [value for value in old["enum"] if value not in new["enum"]]
            result |= {"enum": values} if values else {}
        if _is_open(new):
            properties = self._lost(old, new)
            result |= {"properties": properties} if properties else {}
        for key in ("items", "additionalProperties"):
            inner = self.schema(old.get(key), new.get(key))
            result |= {key: inner} if inner else {}
        return result

    def _lost(self, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        have, own = _properties(self.new, new), new.get("properties", {})
        result: dict[str, Any] = {}
        for name, schema in _own_properties(old).items():
            if name not in have:
                result[name] = schema
            elif name in own and (inner := self.schema(schema, own[name])):
                result[name] = inner
        return result


def _is_open(schema: dict[str, Any]) -> bool:
    """Whether properties can be added to a schema without making it another."""
    return "properties" in schema or "allOf" in schema or schema.get("type") == "object"


def _reference(node: Any) -> str:
    """Return the name of the schema that a node refers to; empty if it is none."""
    if not is_object(node):
        return ""
    if "$ref" in node:
        return str(node["$ref"]).removeprefix(SCHEMA_REF)
    parts = [*node.get("allOf", ()), *node.get("oneOf", ())]
    return _reference(parts[0]) if len(parts) == 1 else ""


def _followed(spec: Spec, node: Any) -> dict[str, Any]:
    name = _reference(node)
    found = spec.get("components", {}).get("schemas", {}).get(name) if name else node
    if is_object(found) and found is not node and _reference(found):
        return _followed(spec, found)
    return found if is_object(found) else {}


def _own_properties(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of a schema and of the nameless parts of it."""
    result: dict[str, Any] = {}
    for part in (schema, *schema.get("allOf", ())):
        result |= part.get("properties", {})
    return result


def _properties(spec: Spec, schema: dict[str, Any], depth: int = 8) -> dict[str, Any]:
    """Return all properties of a schema, those of what it extends too."""
    result = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()) if depth else ():
        result = _properties(spec, _followed(spec, part), depth - 1) | result
    return result


# --------------------------------------------------------------------------- operations


def _shape(path: str) -> str:
    return re.sub(r"{[^{}]*}", "{}", path)


def _paths(found: _Comparison) -> dict[str, Any]:
    present = {(path, method) for path, method, _ in iterate(found.new)}
    taken = {operation.get("operationId") for _, _, operation in iterate(found.new)}
    result: dict[str, Any] = {}
    for path, method, operation in iterate(found.old):
        if (path, method) in present:
            kept = _operation(found, path, method)
        else:
            kept = _whole(found, path, operation, taken)
        if kept:
            result.setdefault(path, {})[method] = kept
    return result


def _whole(
    found: _Comparison, path: str, operation: dict[str, Any], taken: set[Any]
) -> dict[str, Any]:
    """Return an operation as it can stand in the new contract, with all that it needs."""
    result = dict(operation)
    if result.get("operationId") in taken:
        result["operationId"] = f"{result['operationId']}_former"
    shared = found.old["paths"][path].get("parameters", ())
    if shared and "parameters" not in found.new["paths"].get(path, {}):
        result["parameters"] = [*shared, *operation.get("parameters", ())]
    schemes = found.new.get("components", {}).get("securitySchemes", {})
    if "security" in result:
        result["security"] = [each for each in result["security"] if set(each) <= set(schemes)]
    return result


def _operation(found: _Comparison, path: str, method: str) -> dict[str, Any]:
    """Return what an operation of both contracts lacks."""
    old_item, new_item = found.old["paths"][path], found.new["paths"][path]
    old, new = old_item[method], new_item[method]
    result: dict[str, Any] = {}
    if old.get("operationId") and new.get("operationId") != old["operationId"]:
        # Its name is ours and not on the wire: what our overlays and callers say goes on.
        result["operationId"] = old["operationId"]
    present = {
        _key(found.new, each): each
        for each in (*new_item.get("parameters", ()), *new.get("parameters", ()))
    }
    lost: list[Any] = []
    for parameter in (*old_item.get("parameters", ()), *old.get("parameters", ())):
        key = _key(found.old, parameter)
        if key not in present:
            lost += [parameter] if key[0] != "path" else []
        else:
            _parameter(found, parameter, present[key], f"$.paths{_quoted(path)}.{method}")
    if lost:
        result["parameters"] = lost
    if "requestBody" in old and "requestBody" not in new:
        body = _resolved(found.old, old["requestBody"])
        result["requestBody"] = {key: body[key] for key in body if key != "required"}
    _bodies(found, old, new)
    if answers := _answers(found, old, new):
        result["responses"] = answers
    return result


def _key(spec: Spec, parameter: dict[str, Any]) -> tuple[str, str]:
    data = _resolved(spec, parameter)
    name = str(data["name"])
    return str(data["in"]), name.lower() if data["in"] == "header" else name


def _parameter(
    found: _Comparison, old: dict[str, Any], new: dict[str, Any], operation: str
) -> None:
    before, after = _resolved(found.old, old), _resolved(found.new, new)
    if after is not new:
        return  # a component, which other operations share
    update = found.schema(before.get("schema"), after.get("schema"))
    if update:
        name, place = _quoted_text(after["name"]), _quoted_text(after["in"])
        target = f"{operation}.parameters[?@.name=={name} && @.in=={place}].schema"
        found.actions.append({"target": target, "update": update})


def _bodies(found: _Comparison, old: dict[str, Any], new: dict[str, Any]) -> None:
    before, after = (
        _resolved(spec, operation.get("requestBody", {})).get("content", {})
        for spec, operation in ((found.old, old), (found.new, new))
    )
    for media in before.keys() & after.keys():
        found.follow(before[media].get("schema"), after[media].get("schema"))


def _answers(found: _Comparison, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return the successful answers that an operation lacks, and their media types."""
    result: dict[str, Any] = {}
    for status, response in old.get("responses", {}).items():
        if not str(status).startswith("2"):
            continue
        if status not in new.get("responses", {}):
            result[status] = response
            continue
        before = _resolved(found.old, response).get("content", {})
        after = _resolved(found.new, new["responses"][status]).get("content", {})
        for media in before.keys() & after.keys():
            found.follow(before[media].get("schema"), after[media].get("schema"))
        lost = {media: before[media] for media in before if media not in after}
        if lost and "$ref" not in new["responses"][status]:
            result[status] = {"content": lost}
    return result


# --------------------------------------------------------------------------- components


def _components(found: _Comparison) -> dict[str, Any]:
    old: Mapping[str, Any] = found.old.get("components", {}).get("schemas", {})
    new: Mapping[str, Any] = found.new.get("components", {}).get("schemas", {})
    schemas: dict[str, Any] = {}
    for name, schema in old.items():
        kept = found.schema(schema, new[name]) if name in new else schema
        if kept:
            schemas[name] = kept
    for name, others in sorted(found.renamed.items()):
        for other in sorted(others & set(old)):
            if name in new and (kept := found.schema(old[other], new[name])):
                _add(schemas.setdefault(name, {}), kept)
    result: dict[str, Any] = {"schemas": schemas} if schemas else {}
    _close(found, result)
    return result


def _add(target: dict[str, Any], update: dict[str, Any]) -> None:
    """Add what an update has more; in place."""
    for key, value in update.items():
        if key not in target:
            target[key] = value
        elif is_object(value) and is_object(target[key]):
            _add(target[key], value)
        elif is_list(value):
            target[key] = [*target[key], *(item for item in value if item not in target[key])]


def _close(found: _Comparison, components: dict[str, Any]) -> None:
    """Add the parameters, answers and bodies of the components that former operations refer to."""
    waiting = [reference for _, _, each in iterate(found.old) for reference in references(each)]
    seen: set[str] = set()
    while waiting:
        reference = waiting.pop()
        if reference in seen or not reference.startswith(_COMPONENTS):
            continue
        seen.add(reference)
        kind, name = split(reference)[1:3]
        part: Any = found.old.get("components", {}).get(kind, {}).get(name)
        if kind == "schemas" or part is None:
            continue
        waiting.extend(references(part))
        if name not in found.new.get("components", {}).get(kind, {}):
            components.setdefault(kind, {})[name] = part


def _resolved(spec: Spec, node: dict[str, Any]) -> dict[str, Any]:
    found = node
    while "$ref" in found:
        target: Any = spec
        for part in split(str(found["$ref"])):
            target = target[part]
        found = dict[str, Any](target)
    return found


def _quoted(name: str) -> str:
    return f"[{_quoted_text(name)}]"


def _quoted_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
