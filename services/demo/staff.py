"""The people and teams who serve the demo's customers, and the bot that goes before them."""

from dataclasses import dataclass

BOT = "webbot"
TEAMS = ("klantenservice", "bezorging", "facturatie", "retouren", "techniek", "winkel")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Somebody at a desk, in one team."""

    id: str
    name: str
    team: str

    def as_data(self) -> dict[str, str]:
        return {"id": self.id, "name": self.name}


AGENTS = tuple(
    Agent(id=f"m-{number}", name=name, team=team)
    for number, (name, team) in enumerate(
        (
            ("Noor Bakhuis", "klantenservice"),
            ("Ruben Ooms", "klantenservice"),
            ("Samira El Amrani", "klantenservice"),
            ("Tijn Verschoor", "klantenservice"),
            ("Marieke Postma", "klantenservice"),
            ("Daan Wiersma", "bezorging"),
            ("Yara Lindeman", "bezorging"),
            ("Koen Ruiter", "bezorging"),
            ("Ingrid Haverkamp", "facturatie"),
            ("Jeroen Tol", "facturatie"),
            ("Sevda Yildirim", "retouren"),
            ("Pim Grootveld", "retouren"),
            ("Hanneke Slot", "techniek"),
            ("Omar Bouzid", "techniek"),
            ("Lieke van Essen", "winkel"),
            ("Gijs Aalders", "winkel"),
        ),
        start=31,
    )
)


def of_team(team: str) -> tuple[Agent, ...]:
    return tuple(agent for agent in AGENTS if agent.team == team)


def named(name: str) -> Agent:
    """The agent whose given name this is."""
    return next(agent for agent in AGENTS if agent.name.split()[0] == name)
