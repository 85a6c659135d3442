"""What a generated package contains, ready for the templates: names and types are final here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

from generator.python.types import Type
from generator.spec.extensions import Absent


@attrs.frozen(kw_only=True)
class Field:
    """An attribute of a model.

    Attributes:
        absent: What it means that it is not there: "empty", that a list has no items; "cut", that
            the call did not ask for it.
        known_by: The source of the releases that know it; empty if all do.
        secret: Whether its value must not be shown.
    """

    name: str
    wire: str
    type: Type
    required: bool
    absent: Absent | None = None
    secret: bool = False
    doc: str = ""
    known_by: str = ""

    @property
    def default(self) -> str:
        """Source of the value where the wire has none; nothing if there always is one."""
        if self.required:
            return ""
        return {None: "UNSET", "empty": "NO_ITEMS", "cut": "CUT"}[self.absent]

    @property
    def value(self) -> str:
        """Source of what the field is assigned; nothing if it is only annotated."""
        if not self.secret:
            return self.default
        return f"secret(default={self.default})" if self.default else "secret()"

    @property
    def annotation(self) -> str:
        """The source of the annotation: the type, and what only our core reads."""
        source = self.type.annotation()
        if self.default == "UNSET":
            source += " | Unset"
        extras = [f"Wire({self.wire!r})"] if self.name != self.wire else []
        extras += [self.known_by] if self.known_by else []
        return f"Annotated[{', '.join([source, *extras])}]" if extras else source


@attrs.frozen(kw_only=True)
class Model:
    """A class with attributes. further: what keys hold that it does not name, if it allows any."""

    name: str
    fields: list[Field]
    further: Type | None
    doc: str = ""


@attrs.frozen(kw_only=True)
class Enum:
    """An open enumeration; members are (name, value).

    Attributes:
        known_by: The source of the releases that know some of the values; empty if all do.
    """

    name: str
    members: list[tuple[str, str | int]]
    doc: str = ""
    known_by: str = ""

    @property
    def base(self) -> str:
        """The core class that it derives from."""
        return "OpenIntEnum" if isinstance(self.members[0][1], int) else "OpenStrEnum"


@attrs.frozen(kw_only=True)
class Alias:
    """A name for a union.

    Attributes:
        recursive: Whether the union contains itself, other than through a model.
    """

    name: str
    type: Type
    doc: str = ""
    recursive: bool = False


@attrs.frozen(kw_only=True)
class ModelModule:
    """One module of models: a single class, or several that refer to each other in a circle.

    Attributes:
        imports: (module, class names) of the models that it needs.
    """

    name: str
    enums: list[Enum]
    models: list[Model]
    aliases: list[Alias]
    imports: list[tuple[str, list[str]]]

    @property
    def classes(self) -> list[str]:
        """The names that the module defines."""
        items: list[Enum | Model | Alias] = [*self.enums, *self.models, *self.aliases]
        return [item.name for item in items]


@attrs.frozen(kw_only=True)
class Parameter:
    """One argument of a method.

    Attributes:
        annotation: The source of what a caller may pass.
        style, explode, reserved, multi_segment, timed: As in the core's `Parameter`.
        guard, filter: The sources of those of the core's Parameter, or "".
        known_by, values: The sources of those of the core's Parameter; empty without any.
    """

    name: str
    wire: str
    location: str
    annotation: str
    required: bool
    style: str
    explode: bool
    multi_segment: bool
    timed: bool
    reserved: bool = False
    guard: str = ""
    filter: str = ""
    doc: str = ""
    known_by: str = ""
    values: str = ""

    @property
    def integer(self) -> bool:
        """Whether it has a place in the path, and only whole numbers fit there."""
        return self.location == "path" and self.annotation == "int"

    @property
    def structured(self) -> bool:
        """Whether it can be a list, an object or a document, so that its style matters."""
        return any(word in self.annotation for word in ("Sequence[", "Mapping[")) or (
            self.style == "json"
        )


@attrs.frozen(kw_only=True)
class Body:
    """The request body: the source of its type for each media type, and what a caller may pass."""

    types: dict[str, str]
    annotation: str
    required: bool
    doc: str = ""


@attrs.frozen(kw_only=True)
class Returned:
    """What a method returns.

    Attributes:
        kind: "job" is one job, which the server may not have started; "file" is read later, and
            "stream" has events, "items" has one document after another.
        type: The source of the value itself, of an item of a pager or a sequence, of the data of
            an event, or of the state of a job.
        answer: The source of the whole answer, of which a page or the id of a job is a part.
        others: The sources of what the method of a job may return in its place.
        doc: What the value is, in the words of the overlay.
    """

    kind: Literal["nothing", "value", "pager", "job", "jobs", "file", "stream", "items"]
    type: str
    answer: str = "Any"
    others: tuple[str, ...] = ()
    doc: str = ""

    @property
    def awaited(self) -> bool:
        """Whether the async method is a coroutine; pagers, files and streams send nothing yet."""
        return self.kind not in {"pager", "file", "stream", "items"}

    @property
    def _parameters(self) -> str:
        return self.type if self.answer == "Any" else f"{self.type}, {self.answer}"

    def source(self, prefix: str) -> str:
        """Return the source of the annotation; `prefix` is "Async" for the async classes."""
        match self.kind:
            case "pager":
                return f"{prefix}Pager[{self._parameters}]"
            case "stream" | "items":
                name = "EventStream" if self.kind == "stream" else "ItemStream"
                return f"{prefix}{name}[{self.type}]"
            case "file":
                return f"{prefix}RemoteFile"
            case "job":
                return " | ".join([f"{prefix}Job[{self._parameters}]", *self.others])
            case "jobs":
                return f"list[{prefix}Job[{self._parameters}]]"
            case "value" | "nothing":
                return self.type


@attrs.frozen(kw_only=True)
class Arguments:
    """What a method takes."""

    parameters: list[Parameter]
    body: Body | None

    @property
    def path_parameters(self) -> list[Parameter]:
        """The parameters that stand in the path, in its order."""
        return [p for p in self.parameters if p.location == "path"]

    @property
    def keyword_parameters(self) -> list[Parameter]:
        """All others, required ones first."""
        others = [p for p in self.parameters if p.location != "path"]
        return sorted(others, key=lambda parameter: not parameter.required)

    @property
    def needed_keywords(self) -> list[str]:
        """The keywords that every call must pass."""
        needed = [p.name for p in self.keyword_parameters if p.required]
        return [*needed, "body"] if self.body and self.body.required else needed


@attrs.frozen(kw_only=True)
class UploadMethod(Arguments):
    """The method that does a whole upload, beside the plain one of the operation.

    Attributes:
        file: The argument for the file, or for several.
        file_annotation: The source of what that argument takes.
        style: As in the extension `Upload` of the core.
        cuts_folders: Whether the server cuts folders off the names of files.
        keeps_order: Whether the server is told the order of several files.
    """

    name: str
    file: str
    file_annotation: str
    style: str
    cuts_folders: bool
    keeps_order: bool
    returned: Returned
    summary: str
    notes: list[str]


@attrs.frozen(kw_only=True)
class TransferMethod(Arguments):
    """The method that does a whole export, beside the plain one of the operation.

    Attributes:
        sets: Python name of a parameter that it sets itself -> the source of the value.
        many: Whether there may be several files.
    """

    name: str
    sets: dict[str, str]
    many: bool


@attrs.frozen(kw_only=True)
class Operation(Arguments):
    """One operation with its place in the package.

    Attributes:
        aliases: Further names of the method.
        responses: Status -> media type -> source of the type.
        result: The source of the type of a successful answer.
        extensions: Keyword of the core's `Operation` -> source of its value.
        refused: What a call refuses to send because of a guard: error and case, in words.
        page_size: What is said of the argument `page_size` that its pager has beside the
            parameters of the operation; empty without one.
        known_by: The source of the releases that have it; empty if all do.
        availability: The same in words, and which editions have it; empty if all do.
    """

    id: str
    constant: str
    method: str
    path: str
    resource: str
    name: str
    aliases: tuple[str, ...]
    responses: dict[str, dict[str, str]]
    result: str
    returned: Returned
    repeatable: bool
    secured: bool
    deprecated: bool
    extensions: dict[str, str]
    summary: str
    notes: list[str]
    refused: list[str]
    errors: list[str]
    since: str | None
    removed: str | None
    edition: str | None
    known_by: str
    availability: str
    page_size: str
    upload: UploadMethod | None
    transfer: TransferMethod | None

    @property
    def further_methods(self) -> list[tuple[str, str]]:
        """The methods beside the plain one: what each is, and its name."""
        upload = [("upload", self.upload.name)] if self.upload else []
        return upload + ([("transfer", self.transfer.name)] if self.transfer else [])

    @property
    def source(self) -> str:
        """The HTTP method and path, as documentation names an operation."""
        return f"{self.method} {self.path}"


@attrs.frozen(kw_only=True)
class Resource:
    """A group of operations: `client.<name>`.

    Attributes:
        about: What it is about, in the words of the overlay; empty if there are none.
    """

    name: str
    class_name: str
    operations: list[Operation]
    about: str = ""

    @property
    def methods(self) -> list[str]:
        """The names of its methods."""
        further = [name for one in self.operations for _, name in one.further_methods]
        return sorted([operation.name for operation in self.operations] + further)

    @property
    def hides_list(self) -> bool:
        """Whether a method or alias hides the type `list` in the body of the class."""
        return any("list" in (one.name, *one.aliases) for one in self.operations)


@attrs.frozen(kw_only=True)
class Package:
    """A whole generated package.

    Attributes:
        urls: Label -> address, for the page of the package in an index.
        job_states: (name of a kind of job, source of the type of its state).
        nested_jobs: Whether some jobs are found by more than their id.
        path_prefix: What nearly all paths begin with, which a base URL must not end with; or empty.
    """

    platform: str
    module: str
    distribution: str
    version: str
    urls: dict[str, str]
    spec_version: str
    recovered: str
    title: str
    platform_source: str
    job_kinds: dict[str, str]
    job_states: list[tuple[str, str]]
    nested_jobs: bool
    credentials: list[str]
    headers: list[tuple[str, str]]
    login: bool
    tells_version: bool
    env_prefix: str
    environment: Mapping[str, tuple[str, ...]]
    example_url: str
    path_prefix: str
    example: str
    modules: list[ModelModule]
    resources: list[Resource]

    @property
    def texts(self) -> list[str]:
        """The keywords of the client that take text, apart from the address."""
        login = ["username", "password"] if self.login else []
        return [*self.credentials, *login, *(name for name, _ in self.headers)]

    @property
    def variables(self) -> list[str]:
        """The environment variables that `Client.from_env()` reads."""
        return [self._variable(name) for name in ("url", *self.texts)]

    @property
    def fallbacks(self) -> list[tuple[str, tuple[str, ...]]]:
        """Variable -> those that are read where it is unset."""
        return [(self._variable(word), names) for word, names in self.environment.items()]

    def _variable(self, keyword: str) -> str:
        return f"{self.env_prefix}_{keyword}".upper()

    @property
    def operations(self) -> list[Operation]:
        """Every operation, in the order of the resources."""
        return [operation for resource in self.resources for operation in resource.operations]

    @property
    def renamed(self) -> list[Operation]:
        """The operations whose methods have further names."""
        return [operation for operation in self.operations if operation.aliases]

    @property
    def model_modules(self) -> list[tuple[str, str]]:
        """(class name, module) of every model, by class name."""
        return sorted((name, module.name) for module in self.modules for name in module.classes)
