"""`klantbeeld serve`: the API and the plain page; beside them the processors."""

import argparse
import logging

from klantbeeld.cli.output import say

HOST = "127.0.0.1"
PORT = 8360


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", default=HOST, help=f"address to listen on (absent: {HOST}, this machine only)"
    )
    parser.add_argument("--port", type=port, default=PORT, help=f"absent: {PORT}; 0: any that is free")


def port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError("must be a number from 0 to 65535")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    from api.app import create_app
    from api.server import HttpServer, bound, url_of
    from klantbeeld.bootstrap import opened
    from klantbeeld.cli import logs, serving
    from klantbeeld.settings import load
    from streams.everything import for_serving

    logs.configure(logging.INFO)
    serving.interrupted_by_sigterm()
    settings = load()
    listener = bound(arguments.host, arguments.port)
    url = url_of(listener)
    with listener, opened(settings) as system, for_serving(system) as runners:
        system.watch(runners.halted)
        server = HttpServer(create_app(system), listener, lambda: say(f"listening on {url}"))
        return int(serving.serve_until_stopped(server, system).failed)
