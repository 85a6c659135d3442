"""Figures beside those of the peers.

    make bench                 every row; the first run sets up the peers, some 15 minutes in all
    make bench ROW=decode      the rows whose name begins with "decode"
    python -m benchmarks --list

Each row runs the same work by our code, by a base (bare json, bare httpx ...) and by the peers:
the same input, in turns within one run, so that a busy machine slows them alike. The table shows
medians, and the ratio to the base that the goal speaks of. A goal that is not met is told, and
changes nothing about the exit status: figures inform, tests fail.

- `rows` says what a row is; `decode`, `imports`, `requests`, `downloads` and `regen` have the rows.
- `workers/` holds one script for each library. It runs in its own process, with the Python of the
  library's own environment, and does the work once for each line that it is sent.
- `peers` makes these environments under .cache/bench, with pinned versions, and keeps them.
- `payloads` makes the inputs, `server` the HTTP server that sends them over loopback.

Ours runs in an environment of its own, too, with nothing but what the packages need at run time.
"""
