"""What is answered to single requests of the loads: answers of about one length are a fair comparison."""

from http.client import HTTPConnection

from loads import LOADS, Sent
from subjects import call

TOLERANCE = 0.1
"""By which share of the emulator's answer that of the bare application may be shorter or longer."""


class UnlikeAnswersError(Exception):
    """A server refused a request of a load, or the answers of two are of different lengths."""


def answer(url: str, sent: Sent) -> bytes:
    """Return the body of the answer to a request. Raises UnlikeAnswersError where that is no success."""
    connection = HTTPConnection(url.removeprefix("http://"))
    connection.request(sent.method, sent.path, sent.written(), dict(sent.headers))
    response = connection.getresponse()
    content = response.read()
    connection.close()
    if response.status >= 300:
        raise UnlikeAnswersError(f"{sent.method} {sent.path}: {response.status} {content.decode()}")
    return content


def check_answers(emulator: str, bare: str) -> None:
    """Send the loads to the emulator, and the first request of each to the bare application as well.

    Raises UnlikeAnswersError where the emulator refuses a request, or where the lengths of answers differ.
    """
    for load, requests in LOADS.items():
        call(f"{emulator}/_emulator/reset", "POST")
        wanted, *_ = [len(answer(emulator, one)) for one in requests]
        shown = len(answer(bare, requests[0]))
        if abs(shown - wanted) > wanted * TOLERANCE:
            raise UnlikeAnswersError(f"{load}: the emulator answers {wanted} bytes, bare FastAPI {shown}")
