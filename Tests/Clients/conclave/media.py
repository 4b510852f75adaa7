"""Uploading and downloading, as a client does it."""

from __future__ import annotations

import os
from typing import Any

import httpx

from .client import Client
from .errors import Refused

UPLOAD = "/_matrix/media/v3/upload"
MEDIA = "/_matrix/client/v1/media"
FORMER = ("/_matrix/media/v3", "/_matrix/media/r0", "/_matrix/media/v1")


def upload(who: Client, content: bytes, type: str | None = "image/png", filename: str | None = None) -> str:
    """The mxc:// URI."""
    if type is None:
        # Without the field at all.
        answer = who.http.post(who.base + UPLOAD, content=content, headers={"Authorization": f"Bearer {who.token}"})
        return answer.json()["content_uri"]
    return who.call("POST", UPLOAD, raw=content, headers={"Content-Type": type}, filename=filename)["content_uri"]


def parts(uri: str) -> tuple[str, str]:
    """Server name and media ID."""
    assert uri.startswith("mxc://")
    server, media = uri.removeprefix("mxc://").split("/")
    return server, media


def download(who: Client, uri: str, *name: str, at: str = MEDIA, kind: str = "download", verb: str = "GET", **options: Any) -> httpx.Response:
    """The bare answer."""
    return who.response(verb, f"{at}/{kind}", *parts(uri), *name, **options)


def content(who: Client, uri: str, **options: Any) -> bytes:
    """The bytes of a download that must succeed."""
    answer = download(who, uri, **options)
    if answer.status_code != 200:
        raise Refused(answer.status_code, answer.json(), uri, dict(answer.headers))
    assert int(answer.headers["content-length"]) == len(answer.content)
    return answer.content


def noise(size: int) -> bytes:
    return os.urandom(size)
