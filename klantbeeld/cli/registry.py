"""The commands there are. A module is imported only when its command is used, so that `--help` is quick.

A command's module has `configure(parser)`, which adds its options, and `run(arguments)`, which gives the exit code.
"""

from typing import Final, NamedTuple


class Command(NamedTuple):
    name: str
    module: str
    does: str


COMMANDS: Final = (
    Command("demo", "klantbeeld.cli.demo", "an invented shop, ready to be looked at"),
    Command("serve", "klantbeeld.cli.serve", "the API, and beside it the processors"),
    Command("work", "klantbeeld.cli.work", "one worker on a Kafka log: timeline, search or duties"),
    Command("import", "klantbeeld.cli.imports", "bring in history from files"),
    Command("rebuild", "klantbeeld.cli.rebuild", "compute the read models anew, compare, and swap"),
    Command("verify", "klantbeeld.cli.verify", "check the log, and the read models against it"),
    Command("move", "klantbeeld.cli.move", "carry a log that lies in PostgreSQL over to Kafka"),
    Command("rules", "klantbeeld.cli.rules", "identity rules: put a file in force, show those that are"),
    Command("identity", "klantbeeld.cli.identity", "other rules tried on who is who; likely-same customers"),
    Command("dead-letters", "klantbeeld.cli.dead_letters", "what could not be processed"),
    Command("doctor", "klantbeeld.cli.doctor", "check everything it needs, and name the mend"),
    Command("token", "klantbeeld.cli.access_tokens", "make an access token"),
    Command("config", "klantbeeld.cli.configuration", "show the settings and where they come from"),
    Command("schemas", "klantbeeld.cli.event_schemas", "write the JSON Schemas of all events"),
)
