"""The async shells: all input and output. The sync shells in `_sync` are derived from them."""
