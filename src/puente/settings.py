"""What can be set: one frozen `Settings`, read once and handed on.

Weakest first: defaults, `puente.toml` in the workspace, `PUENTE_*` in the environment, arguments.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

from puente.errors import InvalidData
from puente.i18n import LANGUAGES, N_
from puente.i18n import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping
    from dataclasses import Field

FILE_NAME = "puente.toml"
DEFAULT_WORKSPACE = Path("workspace/main")
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")


def _number(default: int, text: str, *, least: int, most: int) -> int:
    # The declared type is what `field` stands for, as in the standard library's own stubs.
    value: int = field(default=default, metadata={"help": text, "least": least, "most": most})
    return value


def _text(default: str, text: str, *, among: tuple[str, ...] = ()) -> str:
    value: str = field(default=default, metadata={"help": text, "among": among})
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a node can be told. Each field's help text stands in its metadata."""

    workspace: Path = field(
        default=DEFAULT_WORKSPACE,
        metadata={"help": N_("Folder of the ledger, the lake and the node's key")},
    )
    language: str = _text("en", N_("Language of screens, reports and messages"), among=LANGUAGES)
    ledger_url: str = _text(
        "", N_("Database of what people decide; empty is a SQLite file in the workspace")
    )
    ledger_role: str = _text(
        "", N_("PostgreSQL role of the running node; it is granted what it needs and no more")
    )
    lake_url: str = _text(
        "",
        N_("Object store of the records, s3://bucket/prefix; empty is a folder of the workspace"),
    )
    lake_endpoint: str = _text(
        "", N_("Address of an object store that is not Amazon's, e.g. https://store.example:9000")
    )
    lake_region: str = _text("", N_("Region of the object store; empty is the environment's"))
    cache_mb: int = _number(
        20_000, N_("Disk that copies of an object store's files may take, in MB"),
        least=100, most=100_000_000,
    )  # fmt: skip
    memory_limit_mb: int = _number(
        1500, N_("Memory the analytical engine may use, in MB"), least=128, most=1_000_000
    )
    threads: int = _number(
        2, N_("Processor threads the analytical engine may use"), least=1, most=512
    )
    max_file_mb: int = _number(
        4096, N_("Largest file that is loaded, in MB"), least=1, most=1_000_000
    )
    max_line_bytes: int = _number(
        1_000_000, N_("Longest line that is read, in bytes"), least=1_000, most=1_000_000_000
    )
    host: str = _text("127.0.0.1", N_("Address that the pages are served at"))
    port: int = _number(8321, N_("Port that the pages are served at"), least=0, most=65_535)
    session_minutes: int = _number(
        480,
        N_("Minutes until a session ends and its purpose must be stated anew"),
        least=1,
        most=10_080,
    )
    reconcile_jsonp: str = _text(
        "off", N_("Whether the reconciliation interface answers with JSONP"), among=("off", "on")
    )
    log_level: str = _text("warning", N_("How much is logged"), among=LOG_LEVELS)
    fetch_folder: str = _text(
        "", N_("Folder of downloaded files; empty is `files` in the workspace")
    )
    fetch_proxy: str = _text(
        "", N_("Proxy of downloads; empty is the environment's (HTTPS_PROXY), `none` is none")
    )
    fetch_timeout_seconds: int = _number(
        60, N_("Seconds without a connection or data after which a download is cut"),
        least=1, most=3_600,
    )  # fmt: skip
    fetch_retries: int = _number(
        4, N_("How often a failed download is tried again"), least=0, most=20
    )
    fetch_user_agent: str = _text(
        "", N_("Name that downloads give themselves; empty is Puente and its version")
    )
    fetch_addresses: str = _text(
        "", N_("YAML file with addresses of one's own, or newer ones than those shipped")
    )
    fetch_max_mb: int = _number(
        2048, N_("Largest file that is downloaded, unpacked, in MB"), least=1, most=1_000_000
    )
    fetch_ca_file: str = _text(
        "", N_("PEM file of certificate authorities that downloads trust besides the usual ones")
    )
    fetch_http_hosts: str = _text(
        "", N_("Hosts that may be asked without TLS, separated by commas; this machine always may")
    )

    def __post_init__(self) -> None:
        for spec in fields(self):
            value = getattr(self, spec.name)
            object.__setattr__(self, spec.name, _checked(spec, value, where="argument"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingDoc:
    """One line of the settings table: name, environment variable, default, help text."""

    name: str
    env: str
    default: str
    help: str


def settings_table() -> tuple[SettingDoc, ...]:
    """Return what the documentation says of each setting, in the current language."""
    return tuple(
        SettingDoc(
            name=spec.name,
            env=_env_name(spec.name),
            default="" if spec.default is MISSING else str(spec.default),
            help=_(str(spec.metadata["help"])),
        )
        for spec in fields(Settings)
    )


def load_settings(
    workspace: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    **overrides: object,
) -> Settings:
    """Return the settings of the workspace: defaults < file < environment < arguments.

    Args:
        workspace: folder of the workspace; None asks `PUENTE_WORKSPACE`, then the default.
        environ: environment to read; None is the process's own.
        overrides: settings by name; one that is None counts as not given.

    Raises: InvalidData: an unknown key, or a value out of range; names file and key.
    """
    environ = os.environ if environ is None else environ
    specs = {spec.name: spec for spec in fields(Settings)}
    given: dict[str, object] = {}
    for name, spec in specs.items():
        text = environ.get(_env_name(name))
        if text is not None:
            given[name] = _checked(spec, text, where=_env_name(name), parse=True)
    for name, value in overrides.items():
        if name not in specs:
            raise InvalidData(_("there is no setting {name!r}").format(name=name))
        if value is not None:
            given[name] = _checked(specs[name], value, where=f"argument {name}")
    if workspace is not None:
        given["workspace"] = workspace
    folder = Path(str(given.get("workspace", DEFAULT_WORKSPACE)))
    values = {**_read_file(folder / FILE_NAME, specs), **given, "workspace": folder}
    return Settings(**values)  # type: ignore[arg-type]  # each value was checked by its field


def _env_name(name: str) -> str:
    return f"PUENTE_{name.upper()}"


def _read_file(path: Path, specs: Mapping[str, Field[object]]) -> dict[str, object]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidData(_("cannot be read: {error}").format(error=error), file=path) from None
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidData(_("is no TOML: {error}").format(error=error), file=path) from None
    values: dict[str, object] = {}
    for name, value in content.items():
        line = _line_of(text, name)
        if name not in specs or name == "workspace":
            known = ", ".join(sorted(set(specs) - {"workspace"}))
            message = _("unknown setting {name!r}; one of {known}").format(name=name, known=known)
            raise InvalidData(message, file=path, line=line)
        try:
            values[name] = _checked(specs[name], value, where=name)
        except InvalidData as error:
            raise InvalidData(error.message, file=path, line=line) from None
    return values


def _line_of(text: str, name: str) -> int | None:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip().lstrip('"[').startswith(name):
            return number
    return None


def _checked(spec: Field[object], value: object, *, where: str, parse: bool = False) -> object:
    if spec.name == "workspace":
        if isinstance(value, str | Path) and str(value):
            return Path(value)
        raise InvalidData(_("{where}: a folder is needed").format(where=where))
    if spec.type == "int":
        if parse and isinstance(value, str):
            value = int(value) if value.isascii() and value.isdecimal() else value
        return _in_range(spec, value, where)
    if not isinstance(value, str):
        raise InvalidData(_("{where}: {value!r} is no text").format(where=where, value=value))
    among = spec.metadata.get("among", ())
    if among and value not in among:
        raise InvalidData(
            _("{where}: {value!r} is none of {known}").format(
                where=where, value=value, known=", ".join(among)
            )
        )
    return value


def _in_range(spec: Field[object], value: object, where: str) -> int:
    least, most = spec.metadata["least"], spec.metadata["most"]
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidData(
            _("{where}: {value!r} is no whole number from {least} to {most}").format(
                where=where, value=value, least=least, most=most
            )
        )
    return value
