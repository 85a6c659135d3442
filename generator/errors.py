"""The one exception of the generator: a message for the maintainer, no traceback needed."""


class GeneratorError(Exception):
    """Input that cannot be turned into a package; the message names it and says what to do."""
