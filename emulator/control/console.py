"""The console at /: a web page that uses only the control plane's API. All files come from this machine."""

from html import escape
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

from emulator import __version__
from emulator.control.problems import Problem
from emulator.control.values import TheWorld
from emulator.sandbox.credentials import machine_token

FILES = Path(__file__).parent / "static" / "console"

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; "
    "frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""The page has no inline styles, but mails may have: the frame that shows a mail inherits this policy."""

router = APIRouter(include_in_schema=False)


@router.get("/")
async def console(world: TheWorld) -> Response:
    """Return the console's page."""
    nonce = machine_token()
    page = (FILES / "index.html").read_text("utf-8")
    page = page.replace("{nonce}", nonce).replace("{version}", __version__)
    page = page.replace("{replica}", escape(world.public_url or ""))
    headers = {
        "Content-Security-Policy": POLICY.format(nonce=nonce),
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(page, media_type="text/html", headers=headers)


@router.get("/console/{name}")
async def asset(name: str) -> Response:
    """Return one of the page's files: a style sheet, script or image."""
    file = next((file for file in FILES.iterdir() if file.name == name and file.suffix in TYPES), None)
    if file is None:
        raise Problem(404, f"There is no file {name[:80]!r}. The console is at /.")
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return Response(file.read_bytes(), media_type=TYPES[file.suffix], headers=headers)
