"""Addresses of object stores, read with care: people put credentials into them."""

from __future__ import annotations

import logging
import re
from urllib.parse import SplitResult, urlsplit

from puente.errors import InvalidData
from puente.i18n import gettext as _

_log = logging.getLogger(__name__)

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def root_of(url: str) -> str:
    """Return bucket and prefix of `s3://bucket/prefix`, joined by a slash.

    Raises: InvalidData: it is of another form.
    """
    parts = _split(url)
    path = parts.path.strip("/")
    if parts.scheme != "s3" or not _BUCKET.fullmatch(parts.netloc) or parts.query or parts.fragment:
        # Not shown: people put their credentials into addresses.
        raise InvalidData(_("setting lake_url is not of the form s3://bucket/prefix"))
    if path and not is_tame(path):
        raise InvalidData(_("setting lake_url is not of the form s3://bucket/prefix"))
    return f"{parts.netloc}/{path}".rstrip("/")


def endpoint_of(url: str) -> str:
    """Return the address of an object store, or "" where none is given.

    Raises: InvalidData: it is no https (or http) address, or holds more than host and port.
    """
    if not url:
        return ""
    parts = _split(url)
    plain = parts.hostname and not parts.username and not parts.password
    plain = plain and not parts.query and not parts.fragment and _has_a_port_that_can_be(parts)
    if parts.scheme not in {"http", "https"} or not plain or parts.path.strip("/"):
        raise InvalidData(_("setting lake_endpoint is not of the form https://host:port"))
    if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        _log.warning("records cross the network unencrypted host=%s", parts.hostname)
    return url


def is_tame(name: str) -> bool:
    """Return True if a name leads nowhere but down."""
    return all(part and not part.startswith(".") and "\\" not in part for part in name.split("/"))


def _has_a_port_that_can_be(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", "", "", "")
