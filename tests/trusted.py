"""A trusted contact as tests name one, and a mail server that keeps what it is given."""

import re
from dataclasses import dataclass, field
from functools import partial

import httpx
from device import Device
from waiting import eventually

from agent.escalation.alerts.channels import Letter, Notice
from agent.escalation.trusted import policy as trusted_policy

POLICY = trusted_policy.load()
SAM = {
    "called": "Ines", "name": "Sam", "how": "my brother", "email": "sam@family.example", "phone": "+44 20 7946 0100",
    "agreed": True, "version": POLICY.version,
}  # fmt: skip
PATH = "/v1/trusted-contact"
REASON = "She named a place and a time and no longer answers me."


@dataclass
class Postbox:
    """A mail server that takes letters; ``refuse`` makes it fail so often from now on."""

    letters: list[Letter] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    refuse: int = 0
    tried: int = 0

    async def send(self, notice: Notice) -> bool:
        self.notices.append(notice)
        return True

    async def mail(self, letter: Letter) -> None:
        self.tried += 1
        if self.refuse:
            self.refuse -= 1
            raise ConnectionRefusedError
        self.letters.append(letter)

    def link(self) -> str:
        """Where the reader of the newest letter says no."""
        found = re.search(r"https://help\.example(/trusted/no/\S+)", self.letters[-1].body)
        assert found is not None
        return found[1]


async def name(device: Device, **other: object) -> httpx.Response:
    return await device.http.put(PATH, json={**SAM, **other}, headers=device.headers)


async def named(device: Device) -> dict:
    return (await device.http.get(PATH, headers=device.headers)).json()


async def until_test(device: Device, state: str, seconds: float = 20) -> dict:
    """What the person sees, once the test message has come so far."""
    await eventually(partial(_test_is, device, state), seconds)
    return await named(device)


async def _test_is(device: Device, state: str) -> bool:
    return (await named(device))["contact"]["test"] == state
