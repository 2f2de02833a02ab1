"""Send a file, or the part of it that a client asks for (RFC 9110, section 14)."""

import io
import os
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, Any

from django.http import FileResponse as DjangoFileResponse
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date_safe

from django_routehandlers.afterwards import on_close
from django_routehandlers.exceptions import HandlerError
from django_routehandlers.http.bridges import ThreadedIterator
from django_routehandlers.http.problems import problem_response
from django_routehandlers.http.streaming import give_chunks

# How much of a file is in memory at a time, in bytes.
BLOCK_SIZE = 65_536

_RANGE = re.compile(r"bytes\s*=\s*([0-9]*)-([0-9]*)\s*", re.IGNORECASE | re.ASCII)

# A number with more digits is no position in any file, and slow to read.
_MOST_DIGITS = 18


class FileResponse(DjangoFileResponse):
    """
    Django's file response, which a request makes a part, a 304 or a 416 of.

    `settle` does that, once the request is there.
    """

    block_size = BLOCK_SIZE

    def __init__(
        self,
        file: IO[bytes],
        headers: Mapping[str, str],
        *,
        as_attachment: bool,
        filename: str,
    ) -> None:
        headers = dict(headers)
        # Django's own guess would replace one among the headers.
        names = {name.lower(): name for name in headers}
        given = names.get("content-type")
        super().__init__(
            file,
            as_attachment=as_attachment,
            filename=filename,
            content_type=None if given is None else headers.pop(given),
        )
        self._file = file
        self._is_settled = False
        self._add_validators()
        for name, value in headers.items():
            self.headers[name] = value

    def _add_validators(self) -> None:
        try:
            found = os.fstat(self._file.fileno())
        except (AttributeError, OSError):
            # A file in memory has none, which a handler may know better.
            return
        self.headers["ETag"] = f'"{found.st_mtime_ns:x}-{found.st_size:x}"'
        self.headers["Last-Modified"] = http_date(found.st_mtime)

    def has_header(self, header: str) -> bool:
        """Tell whether a header is set, for a part also that it is not compressed."""
        # GZipMiddleware would make another file of it than the range is counted in.
        is_part = self.status_code == 206 and header.lower() == "content-encoding"
        return is_part or super().has_header(header)

    __contains__ = has_header

    def settle(self, request: HttpRequest) -> HttpResponseBase:
        """Return what a request asks for: all, a part, or that it has it already."""
        if self._is_settled:
            return self
        self._is_settled = True
        on_close(request, self._file.close)
        if request.method in ("GET", "HEAD"):
            response = self._answer(request)
            if response is not self:
                self._file.close()
                return response
        return self

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return the file block by block, for a server under ASGI."""
        # What middleware has put in its place may be async.
        if not self.is_async:
            content: Any = ThreadedIterator(self._iterator)  # type: ignore[attr-defined] # Django's own
            self.streaming_content = content
        return give_chunks(self, super().__aiter__())

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        modified = parse_http_date_safe(self.headers.get("Last-Modified", ""))
        etag = self.headers.get("ETag")
        whole: Any = self
        response = get_conditional_response(request, etag, modified, whole)
        if response is not None and response.status_code == 412:
            return problem_response(412, "The file has changed.")
        if response is not whole or not self._has_ranges():
            return response or self
        self.headers["Accept-Ranges"] = "bytes"
        # Of all methods only GET has ranges (RFC 9110, section 14.2).
        if request.method != "GET" or not self._may_be_part(request, etag, modified):
            return self
        return self._cut(request.headers.get("Range", ""))

    def _has_ranges(self) -> bool:
        is_seekable = getattr(self._file, "seekable", lambda: True)()
        is_whole = self.status_code == 200 and "Content-Encoding" not in self.headers
        return is_whole and is_seekable and "Content-Length" in self.headers

    def _may_be_part(
        self, request: HttpRequest, etag: str | None, modified: int | None
    ) -> bool:
        """Tell whether the client's other parts are of the same file (If-Range)."""
        condition = request.headers.get("If-Range")
        if condition is None:
            return True
        if condition.startswith('"'):
            return condition == etag
        # A second is too coarse for a file that has just changed (section 8.8.2.2).
        is_strong = modified is not None and time.time() - modified >= 1
        return is_strong and parse_http_date_safe(condition) == modified

    def _cut(self, text: str) -> HttpResponseBase:
        size = int(self.headers["Content-Length"])
        found = parse_range(text, size)
        if found is None:
            return self
        if not found:
            headers = {"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}
            return problem_response(416, f"The file has {size} bytes.", headers)
        self.status_code = 206
        self.headers["Content-Length"] = str(len(found))
        last = found.stop - 1
        self.headers["Content-Range"] = f"bytes {found.start}-{last}/{size}"
        self._file.seek(self._file.tell() + found.start)
        part = _Part(self._file, len(found))
        self.streaming_content = iter(partial(part.take, BLOCK_SIZE), b"")
        return self


class _Part:
    """The next bytes of a file, up to a number."""

    def __init__(self, file: IO[bytes], rest: int) -> None:
        self._file = file
        self._rest = rest

    def take(self, size: int) -> bytes:
        chunk = self._file.read(min(size, self._rest))
        self._rest -= len(chunk)
        return chunk


def parse_range(text: str, size: int) -> range | None:
    """
    Return the bytes that a `Range` header asks for of a file of `size` bytes.

    None for a header that is ignored: another unit, more than one range, or what is no
    range at all (RFC 9110, section 14.2). An empty range has no byte of the file.

    >>> parse_range("bytes=0-3", 10), parse_range("bytes=-3", 10)
    (range(0, 4), range(7, 10))
    """
    found = _RANGE.fullmatch(text) if size else None
    if found is None or max(map(len, found.groups())) > _MOST_DIGITS:
        return None
    first, last = found.groups()
    if not first:
        return range(max(0, size - int(last)), size) if last else None
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)


def send_file(
    file: str | os.PathLike[str] | IO[bytes],
    headers: Mapping[str, str] | None,
    *,
    as_attachment: bool,
    filename: str,
) -> FileResponse:
    """
    Return a response with a file, given open or as its path.

    Raise `Http404` for a path at which there is no file, and `HandlerError` for
    one that is open as text, or no file at all.
    """
    try:
        opened = _open(file)
        with ExitStack() as stack:
            # Until there is a response that does it.
            stack.callback(opened.close)
            response = FileResponse(
                opened, headers or {}, as_attachment=as_attachment, filename=filename
            )
            stack.pop_all()
        return response
    except FileNotFoundError:
        # Those of models are opened when they are first asked for something.
        raise Http404("There is no such file.") from None


def _open(file: str | os.PathLike[str] | IO[bytes]) -> IO[bytes]:
    if isinstance(file, str | os.PathLike):
        if not _is_file(Path(file)):
            raise FileNotFoundError
        return Path(file).open("rb")
    opened: Any = file
    if isinstance(opened, io.TextIOBase) or not hasattr(opened, "read"):
        raise HandlerError(
            f"Response.file() takes a path or a binary file, and got {file!r}.",
            'Open it with "rb".',
        )
    return file


def _is_file(path: Path) -> bool:
    """Tell whether there is a file, and not a folder or a pipe, which would wait."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        # The name is too long for the disk, or has a NUL in it.
        return False
