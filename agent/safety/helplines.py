"""The help card by locale or country, from ``data/helplines.yaml`` (dated, each row with its source)."""

from dataclasses import dataclass, replace
from importlib.resources import files

from agent.domain.help import Card, Line
from agent.yaml_files import read_yaml

INTERNATIONAL = "ZZ"
MOST_LINES = 5
_UNCONFIRMED = "not confirmed"


@dataclass(frozen=True, slots=True)
class Helplines:
    """All countries by their ISO 3166 code; ``ZZ`` is the fallback for everywhere else."""

    cards: dict[str, Card]
    default_country: str = INTERNATIONAL

    @classmethod
    def load(cls, default_country: str = INTERNATIONAL) -> "Helplines":
        """Read the packaged file."""
        data = read_yaml(files("agent.safety").joinpath("data/helplines.yaml"))
        cards = {}
        for row in data["countries"]:
            lines = tuple(
                Line(
                    name=line["name"], phone=line["phone"], text=line["text"], web=line["web"],
                    hours="" if line["hours"].startswith(_UNCONFIRMED) else line["hours"], audience=line["audience"],
                    topics=tuple(line["topics"]), source=line["source"],
                )
                for line in row["lines"]
            )  # fmt: skip
            code = row["country"]
            cards[code] = Card(
                code, row["name"], tuple(row["emergency"]), lines, str(data["date"]), code == INTERNATIONAL
            )
        return cls(cards, default_country if default_country in cards else INTERNATIONAL)

    def country_of(self, locale: str) -> str:
        """``en-GB`` gives ``GB``; a bare language or an unknown country gives the default."""
        parts = locale.replace("_", "-").split("-")
        region = next((p.upper() for p in parts[1:] if len(p) == 2), "")  # noqa: PLR2004  (ISO 3166-1 alpha-2)
        return region if region in self.cards else self.default_country

    def card(self, country: str, domains: tuple[str, ...] = ()) -> Card:
        """At most five lines, those for ``domains`` first; the international card for an unknown country."""
        card = self.cards.get(country, self.cards[INTERNATIONAL])
        wanted = set(domains) or {"suicide", "general"}
        ranked = sorted(card.lines, key=lambda line: (not wanted & set(line.topics), line.audience != "anyone"))
        return replace(card, lines=tuple(ranked[:MOST_LINES]))

    def countries(self) -> list[tuple[str, str]]:
        """Codes and names, by name, the fallback last."""
        named = sorted((c.country_name, c.country) for c in self.cards.values() if not c.international)
        return [(code, name) for name, code in named] + [(INTERNATIONAL, self.cards[INTERNATIONAL].country_name)]


def emergency_of(card: Card) -> str:
    """The number to call first, in words that follow "call"."""
    return card.emergency[0]


def line_of(card: Card) -> str:
    """Name and way in of the first line of a card."""
    if not card.lines:
        return "findahelpline.com"
    line = card.lines[0]
    way = line.phone or (line.web if card.international else line.text) or line.web or line.text or ""
    return f"{line.name} ({way})" if way else line.name
