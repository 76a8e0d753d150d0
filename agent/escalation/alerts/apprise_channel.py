"""SMS, Slack, Teams, PagerDuty and about a hundred more through the library ``apprise``: a title, a link, nothing else.

Imported only where an address is configured: apprise takes a quarter of a second to load.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import apprise

from agent.errors import NotReady
from agent.escalation.alerts.channels import SECONDS, Notice

#: Our own: apprise's would be those that read what people write, and a service may hang.
_THREADS = ThreadPoolExecutor(8, thread_name_prefix="apprise")


class Service:
    """One service that apprise knows. Whoever looks there sees it, so it stands for nobody in particular."""

    personal = False

    def __init__(self, name: str, service: apprise.NotifyBase) -> None:
        self.name = name
        self._service = apprise.Apprise(service, asset=service.asset)

    async def send(self, notice: Notice) -> bool:
        """Hand it over. ``failure`` is the kind that PagerDuty and its like wake somebody for; a follow-up is none."""
        kind = apprise.NotifyType.INFO if notice.kind in {"follow_up", "answer"} else apprise.NotifyType.FAILURE
        async with asyncio.timeout(SECONDS):
            notify = partial(self._service.notify, title=notice.title, body=notice.link, notify_type=kind)
            plain = partial(notify, body_format=apprise.NotifyFormat.TEXT)
            taken = await asyncio.get_running_loop().run_in_executor(_THREADS, plain)
        if not taken:
            raise OSError("not reached, or it refused")
        return True


def services(addresses: str) -> tuple[Service, ...]:
    """One for each address, with white space between; ``NotReady`` if apprise knows one of them not.

    The message does not repeat the address: there is a key in most of them.
    """
    found: list[Service] = []
    given = addresses.split()
    for n, address in enumerate(given, 1):
        made = apprise.Apprise.instantiate(address.strip(","), asset=_asset())
        if not isinstance(made, apprise.NotifyBase):
            raise NotReady(
                f"HANDHOLD_ALERTS__APPRISE: address {n} of {len(given)} is not one that apprise can use. It is not "
                "shown here because it may hold a key. Compare it with the page of its service on appriseit.com, and "
                "put a space between two addresses.",
                code="bad_apprise_address",
            )
        found.append(Service(f"apprise {n} ({made.service_name})"[:60], made))
    return tuple(found)


def _asset() -> apprise.AppriseAsset:
    """Our name and no pictures: the usual ones would be fetched from a place of apprise's own."""
    return apprise.AppriseAsset(
        app_id="Handhold",
        app_desc="Handhold",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        image_path_mask="",
        http_redirects=False,
        allow_templates=False,
        pgp_autogen=False,
        pem_autogen=False,
        storage_mode="memory",
        service_timeout=SECONDS,
    )
