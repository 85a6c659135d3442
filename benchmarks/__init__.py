"""Benchmarks against the peers.

    make bench                 all rows; the first run sets up the peers, about 15 minutes in all
    make bench ROW=decode      the rows whose name begins with "decode"
    python -m benchmarks --list

Each row does the same work with our code, with a base (bare json, bare httpx ...) and with the
peers: the same input, in turns within one run, so that a busy machine slows all of them. The table
shows medians, and the ratio to the base that the goal is about. A missed goal is reported, but does
not change the exit status: figures inform, tests fail.

- `rows` defines a row; `decode`, `imports`, `requests`, `downloads` and `regen` have the rows.
- `workers/` holds one script for each library. It runs in its own process, with the Python of the
  library's own environment, and does the work once for each line that it receives.
- `peers` makes these environments under .cache/bench, with pinned versions, and keeps them.
- `payloads` makes the inputs, `server` the HTTP server that sends them over loopback.

Our own code also has an environment of its own, with nothing but its runtime dependencies.
"""
