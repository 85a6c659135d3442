"""The method that does a whole upload, for an operation that takes files in several steps."""

from __future__ import annotations

import attrs

from annoport.core.contract.extensions import Upload
from generator.python.names import one_line
from generator.python.package import Body, Parameter, Returned, UploadMethod
from generator.python.raw_operation import RawOperation
from generator.python.schema_parser import ParsedField, Parser
from generator.python.unique_names import UniqueNames

_FORM = "multipart/form-data"
_SOURCE = "FileSource"
_KEY = Returned(kind="value", type="str", doc="The key of the object in the store.")


def own_parameters(upload: Upload) -> set[str]:
    """Return the wire names of the parameters that a whole upload sets itself, or does not use."""
    named = (
        upload.start,
        upload.finish,
        upload.file_parameter,
        upload.count_parameter,
        None if upload.groups is None else upload.groups.header,
    )
    return {name for name in named if name is not None} | set(upload.unused)


def form_fields(raw: RawOperation, parser: Parser) -> list[ParsedField]:
    """Return the fields of an operation's form; none if it does not take a form."""
    if _FORM not in raw.bodies:
        return []
    type_ = parser.type_of(raw.bodies[_FORM], f"{raw.place} body")
    return parser.fields(type_.name) or [] if type_.kind == "class" else []


@attrs.frozen(kw_only=True)
class UploadBuilder:
    """Builds the upload method of an operation.

    Attributes:
        returned: What the operation returns.
    """

    raw: RawOperation
    upload: Upload
    parser: Parser
    returned: Returned

    def build(self, parameters: list[Parameter], body: Body | None) -> UploadMethod | None:
        """Build the method, if the operation is to have one."""
        upload = self.upload
        if upload.method is None:
            return None
        several = upload.indexed
        file = "files" if several else "file"
        summary, *notes = self._words()
        return UploadMethod(
            name=upload.method,
            parameters=self._parameters(parameters, file),
            body=self._body(body),
            file=file,
            file_annotation=f"{_SOURCE} | Sequence[{_SOURCE}]" if several else _SOURCE,
            style=upload.style,
            cuts_folders=upload.folders == "cut",
            keeps_order=upload.order is not None,
            returned=_KEY if upload.style == "parts" else self.returned,
            summary=summary,
            notes=notes,
        )

    def _words(self) -> list[str]:
        """Return the paragraphs of its documentation: its own, or those of the operation."""
        data = self.raw.data
        own = data.get("x-annoport-upload-doc")
        text = own or f"{data.get('summary', '')}\n\n{data.get('description', '')}"
        parts = [one_line(part) for part in str(text).split("\n\n")]
        return [part for part in parts if part] or [f"Upload by {self.raw.place}."]

    def _parameters(self, parameters: list[Parameter], file: str) -> list[Parameter]:
        own = own_parameters(self.upload)
        kept = [parameter for parameter in parameters if parameter.wire not in own]
        names = UniqueNames("argument", "set x-annoport-name on the parameter in the overlay")
        for name in ("self", file, "body", "progress", "chunk_size"):
            names.claim(name, "every upload")
        for parameter in kept:
            names.claim(parameter.name, f"{self.raw.place} parameter {parameter.wire!r}")
        return kept

    def _body(self, body: Body | None) -> Body | None:
        """Return what is left of the form without the file; None if nothing is."""
        fields = form_fields(self.raw, self.parser)
        others = [field for field in fields if field.wire != self.upload.field]
        if body is None or not others:
            return None
        # A model that cannot be built without the file is useless here.
        needs_file = any(field.required for field in fields if field not in others)
        return attrs.evolve(
            body,
            annotation="Mapping[str, Any]" if needs_file else body.annotation,
            required=any(field.required for field in others),
            doc=f"What else to send, without `{self.upload.field}`.",
        )
