"""The ways out of this building that the settings name."""

from agent.escalation.alerts.channels import Channel, Email, Webhook
from agent.settings import AlertSettings


def channels(alerts: AlertSettings) -> tuple[Channel, ...]:
    """All of them, the personal ones first; ``NotReady`` for an address that cannot be used."""
    email: list[Channel] = [Email(alerts.smtp)] if alerts.smtp is not None else []
    webhook: list[Channel] = [Webhook(alerts.webhook)] if alerts.webhook is not None else []
    return (*email, *webhook, *_others(alerts.apprise.get_secret_value()))


def _others(addresses: str) -> tuple[Channel, ...]:
    if not addresses.strip():
        return ()
    from agent.escalation.alerts.apprise_channel import services  # noqa: PLC0415  (a quarter of a second where it is used)

    return services(addresses)
