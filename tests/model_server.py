"""Run as a program: a real OpenAI-compatible server on loopback, serving the small model with an API key.

Prints its address, then serves until standard input ends.
"""

import sys

import xllamacpp

from agent.generation.embedded import weights

KEY = "sk-of-these-tests"


def main() -> None:
    """Serve."""
    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.n_ctx = 4096
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.verbosity = -1
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [KEY]
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
