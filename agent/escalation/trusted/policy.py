"""Reads the policy for trusted contacts from ``data/trusted_contact.yaml``."""

from importlib.resources import files

from agent.domain.quiet_hours import QuietHours
from agent.domain.risk import Tier
from agent.escalation.trusted.rules import MailWords, TrustedPolicy
from agent.yaml_files import read_yaml


def load(quiet: QuietHours | None = None) -> TrustedPolicy:
    """The shipped policy, with the quiet hours of the organisation."""
    data = read_yaml(files("agent.escalation").joinpath("data/trusted_contact.yaml"))
    return TrustedPolicy(
        version=data["version"], tiers=frozenset(Tier.of(t) for t in data["tiers"]), reason_words=data["reason_words"],
        tried=data["tried"], consent=data["consent"], test=MailWords(**data["test"]), reach=MailWords(**data["reach"]),
        notice=data["notice"], missing=data["missing"], quiet=quiet,
    )  # fmt: skip


def filled(words: str, **names: str) -> str:
    """Words with the names put in."""
    for name, value in names.items():
        words = words.replace(f"{{{name}}}", value)
    return words
