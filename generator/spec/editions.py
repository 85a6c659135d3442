"""A contract as one edition of the server would publish it."""

from __future__ import annotations

from typing import Any

from generator.errors import GeneratorError
from generator.json_values import rebuilt
from generator.openapi import iterate
from generator.spec import references
from generator.spec.facts import Fact, facts
from generator.spec.release_marks import mark_of
from generator.spec.releases import Releases
from generator.spec.versions import numbers


def of_edition(contract: dict[str, Any], known: Releases, edition: str) -> dict[str, Any]:
    """Return a contract without what an edition is known to lack.

    Args:
        contract: A contract with what former ones had.
        known: What is known of the platform's releases.
        edition: The edition.

    Raises:
        GeneratorError: There is no such edition.
    """
    if edition not in known:
        listed = ", ".join(known) or "none, because releases.yaml does not exist"
        raise GeneratorError(f"no edition {edition!r}; there are {listed}")
    result: dict[str, Any] = rebuilt(contract)
    for fact in list(facts(result)):
        if _lacks(fact, known, edition):
            _remove(result, fact)
    result["paths"] = {path: item for path, item in result["paths"].items() if _used(item)}
    _drop_unused(result)
    return result


def _lacks(fact: Fact, known: Releases, edition: str) -> bool:
    """Whether the newest release of an edition lacks a fact, as far as was looked."""
    own = known[edition]
    newest = own.releases[-1]
    if newest not in own.possible(fact) or newest in own.known(fact):
        return False
    mark = mark_of(fact, known)
    newer = mark is not None and mark.edition is None and numbers(mark.since or "")
    return not newer or newer <= numbers(newest)


def _remove(contract: dict[str, Any], fact: Fact) -> None:
    """Take what a fact states out of a contract, in place."""
    if fact.kind == "operations":
        for path, method, operation in iterate(contract):
            if operation is fact.data:
                contract["paths"][path] = {
                    key: value for key, value in contract["paths"][path].items() if key != method
                }
                return
    elif fact.kind == "parameters" and fact.holder is not None and not fact.shared:
        listed = fact.holder.data["parameters"]
        fact.holder.data["parameters"] = [each for each in listed if each is not fact.data]
    elif fact.kind == "properties" and fact.holder is not None:
        name = fact.name.removeprefix(f"{fact.holder.name}.")
        fact.owner["properties"].pop(name, None)
        if name in fact.owner.get("required", ()):
            fact.owner["required"] = [each for each in fact.owner["required"] if each != name]
    elif fact.kind == "values":
        fact.data["enum"] = [value for value in fact.data["enum"] if value != fact.value]


def _used(item: dict[str, Any]) -> bool:
    return any(method for _, method, _ in iterate({"paths": {"/": item}}))


def _drop_unused(contract: dict[str, Any]) -> None:
    schemas: dict[str, Any] = contract.get("components", {}).get("schemas", {})
    others = {
        key: value for key, value in contract.get("components", {}).items() if key != "schemas"
    }
    start = [*references.references(contract["paths"]), *references.references(others)]
    used = references.reached(start, references.graph(schemas))
    for name in set(schemas) - used:
        del schemas[name]
