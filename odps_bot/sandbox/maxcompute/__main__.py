"""Serve a MaxCompute until Ctrl-C: `python -m odps_bot.sandbox.maxcompute --port 8081`."""

import argparse
import threading

from odps_bot.sandbox.maxcompute import ACCESS_KEY_ID, ACCESS_KEY_SECRET, MaxComputeSandbox


def main() -> None:
    """Start, print how to connect, and wait."""
    parser = argparse.ArgumentParser(
        prog="python -m odps_bot.sandbox.maxcompute", description=__doc__
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 picks a free one")
    arguments = parser.parse_args()
    with MaxComputeSandbox(host=arguments.host, port=arguments.port) as sandbox:
        print(f"endpoint {sandbox.endpoint}, project sandbox")  # noqa: T201  -- a command line prints
        print(f"access key {ACCESS_KEY_ID}, secret {ACCESS_KEY_SECRET}", flush=True)  # noqa: T201  -- likewise
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()  # noqa: T201  -- likewise


if __name__ == "__main__":
    main()
