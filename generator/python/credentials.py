"""Where secrets go, as the security schemes of a spec say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.errors import GeneratorError

_BEARER = {"prefix": "Bearer"}


def resolved(spec: Mapping[str, Any], platform: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return what an overlay says about a platform, with schemes replaced by what they say.

    Args:
        spec: The effective spec.
        platform: The value of `x-annoport-platform`.
        place: What to call it in an error message.

    Raises:
        GeneratorError: There is no such scheme, or it is not about a secret.
    """
    schemes: Mapping[str, Any] = spec.get("components", {}).get("securitySchemes", {})
    credentials: Mapping[str, Any] = platform.get("credentials", {})
    return dict(platform) | {
        "credentials": {
            keyword: _resolved(schemes, given, f"{place}: credentials: {keyword!r}")
            for keyword, given in credentials.items()
        }
    }


def _resolved(schemes: Mapping[str, Any], given: Mapping[str, Any], place: str) -> dict[str, Any]:
    if "scheme" not in given:
        return dict(given)
    name = given["scheme"]
    if len(given) > 1:
        others = ", ".join(sorted(given.keys() - {"scheme"}))
        raise GeneratorError(f"{place}: the scheme {name!r} says everything: remove {others}")
    if name not in schemes:
        known = ", ".join(schemes) or "none"
        raise GeneratorError(
            f"{place}: the spec has no security scheme {name!r}; expected one of {known}"
        )
    scheme: Mapping[str, Any] = schemes[name]
    if scheme.get("type") == "apiKey":
        return {"name": scheme["name"], "location": scheme["in"]}
    if scheme.get("type") in {"oauth2", "openIdConnect"}:
        return dict(_BEARER)
    if str(scheme.get("scheme")).lower() == "bearer":
        return dict(_BEARER)
    raise GeneratorError(
        f"{place}: the security scheme {name!r} is for no single secret "
        f"({scheme.get('type')} {scheme.get('scheme', '')}); a client takes username= and "
        "password= in any case"
    )
