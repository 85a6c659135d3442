"""The exceptions of the generator: messages for the maintainer that need no traceback."""


class GeneratorError(Exception):
    """Input cannot be turned into a package; the message names it and says what to do."""


class UnreachableError(GeneratorError):
    """A live spec could not be fetched."""
