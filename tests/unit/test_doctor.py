"""What the doctor says about how sign-ins travel."""

import pytest

from agent.commands import doctor
from agent.settings import AlertSettings, ServerSettings, Settings


def said(base_url: str, *, secure: bool) -> list[str]:
    settings = Settings(alerts=AlertSettings(base_url=base_url), server=ServerSettings(secure_cookies=secure))
    return [f"{one.verdict}: {one.what}" for one in doctor.cookies(settings)]


@pytest.mark.parametrize(
    "address", ["https://chat.example.org", "http://chat.example.org:8000", "http://10.0.0.5:8000", "https://localhost"]
)
def test_cookies_that_may_travel_in_clear_are_warned_of(address: str) -> None:
    (finding,) = said(address, secure=False)
    assert finding.startswith("wrong: ")
    assert "HANDHOLD_SERVER__SECURE_COOKIES=true" in finding
    assert said(address, secure=True) == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_on_this_machine_alone_there_is_nothing_to_warn_of(address: str) -> None:
    assert said(address, secure=False) == []
