"""The product on a port, for browsers."""

from collections.abc import AsyncIterator

import pytest
from browsing import House
from channels import Captured, captured

from agent.bootstrap import Application, Models
from agent.settings import AlertSettings, Settings


@pytest.fixture
def channel() -> Captured:
    return captured()


@pytest.fixture
async def house(settings: Settings, models: Models, channel: Captured) -> AsyncIterator[House]:
    alerts = AlertSettings(base_url="http://127.0.0.1")
    app = Application(settings.model_copy(update={"alerts": alerts}), channels=(channel,))
    await app.start(models)
    made = House(app)
    await made.open()
    yield made
    await made.shut()
    await app.stop()
