# Nothing of torchvision is named in code that is checked.

from typing import Any

def __getattr__(name: str) -> Any: ...
