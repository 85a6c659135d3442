# Datasets and how they are read.

from typing import Any, Generic, TypeVar

_T_co = TypeVar("_T_co", covariant=True)

class Dataset(Generic[_T_co]):
    def __getitem__(self, index: Any) -> _T_co: ...

def __getattr__(name: str) -> Any: ...
