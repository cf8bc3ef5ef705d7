"""`klantbeeld token`: an access token, signed with the key of this installation."""

import argparse
from datetime import UTC, datetime

from api.roles import ROLES
from klantbeeld.cli.output import data, json_data, say
from klantbeeld.domain import times
from klantbeeld.settings import load

DAYS = 30
MOST_DAYS = 3660


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--role", required=True, choices=ROLES, help="what its bearer may do")
    parser.add_argument("--name", required=True, type=_name, help="who or what carries it")
    parser.add_argument("--id", type=_name, help="what `assignee=me` means (absent: the name)")
    parser.add_argument(
        "--source", action="extend", nargs="+", default=[], metavar="PATTERN", help="sources it may send from"
    )
    parser.add_argument(
        "--type", action="extend", nargs="+", default=[], metavar="PATTERN", help="event types it may send"
    )
    parser.add_argument("--attest", action="store_true", help="let its `verified` identifiers count as such")
    parser.add_argument("--days", type=_days, default=DAYS, metavar="N", help=f"valid for (absent: {DAYS})")
    parser.add_argument("--team", type=_name, help="the team of an agent")
    parser.add_argument("--json", action="store_true", help="the token with what it says, as JSON")


def run(arguments: argparse.Namespace) -> int:
    from api.tokens import issue, principal_of
    from klantbeeld.token_key import token_key

    key, now = token_key(load()), datetime.now(UTC)
    token = issue(
        key,
        role=arguments.role,
        name=arguments.name,
        now=now,
        days=arguments.days,
        id=arguments.id,
        sources=arguments.source,
        types=arguments.type,
        attests=arguments.attest,
        team=arguments.team,
    )
    expires_at = times.to_text(principal_of(token, key, now).expires_at)
    if arguments.json:
        json_data({"token": token, "role": arguments.role, "name": arguments.name, "expires_at": expires_at})
    else:
        data(token)
        say(f"{arguments.role} {arguments.name}, valid until {expires_at}")
    return 0


def _name(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > 128:
        raise argparse.ArgumentTypeError("must be 1 to 128 characters without control characters")
    return text.strip()


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = 0.0
    if not 0 < days <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"must be a number of days up to {MOST_DAYS}")
    return days
