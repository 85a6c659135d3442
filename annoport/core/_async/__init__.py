"""The async shells: all input and output. The sync ones in `_sync` are derived from them."""
