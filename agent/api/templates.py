"""Jinja2 as the pages use it: escaping on, an unknown name is an error."""

from importlib.metadata import version
from pathlib import Path

from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined

WEB = Path(__file__).parent.parent / "web"
VERSION = version("handhold")
TEMPLATES = Jinja2Templates(
    env=Environment(loader=FileSystemLoader(WEB / "templates"), autoescape=True, undefined=StrictUndefined)
)
