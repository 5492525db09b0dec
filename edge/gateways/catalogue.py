"""Loading of mapping files: the packaged ones, and an integrator's own."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as MappingType
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path

from anxin.toml_lines import Document, TomlError
from anxin.toml_lines import load as load_toml
from edge.gateways.language import compile_mapping
from edge.gateways.mapping import Mapping

Replaced = MappingType[str, MappingType[str, str]]  # gateway kind → parameters that a site has changed

OWN_ORDER = 10  # before all that are packaged


def load(paths: Iterable[Path], replaced: Replaced | None = None) -> tuple[Mapping, ...]:
    """Compile mapping files (folders: every *.toml in them). Raises TomlError with file and line, OSError."""
    return tuple(
        compile_mapping(_read(file), str(file), shared_tables(), replaced)
        for path in paths
        for file in (sorted(path.glob("*.toml")) if path.is_dir() else [path])
    )


def installed(folders: Iterable[Path], replaced: Replaced | None = None) -> tuple[Mapping, ...]:
    """Return the packaged mappings and an integrator's own. Raises TomlError with file and line, OSError.

    His own are asked before the others, and one of the name of a packaged mapping stands in its place.
    """
    own = tuple(replace(mapping, order=min(mapping.order, OWN_ORDER)) for mapping in load(folders, replaced))
    names = {mapping.name for mapping in own}
    others = {name: changed for name, changed in (replaced or {}).items() if name not in names}
    known = packaged_with(others) if others else packaged()
    return (*own, *(mapping for mapping in known if mapping.name not in names))


@cache
def packaged() -> tuple[Mapping, ...]:
    """Return the mappings that come with Anxin, by name."""
    return packaged_with({})


def packaged_with(replaced: Replaced) -> tuple[Mapping, ...]:
    """Return the mappings that come with Anxin with a site's own parameters. Raises TomlError for an unknown one."""
    folder = resources.files("edge.gateways") / "packaged"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(compile_mapping(file.read_text("utf-8"), file.name, shared_tables(), replaced) for file in files)


@cache
def shared_tables() -> dict[str, Document]:
    """Return the tables that several mappings use, by name."""
    folder = resources.files("edge.gateways") / "packaged" / "shared"
    if not folder.is_dir():
        return {}
    return {
        file.name.removesuffix(".toml"): load_toml(file.read_text("utf-8"), file.name)
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    }


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")  # an editor of Windows puts a mark in front
    except UnicodeDecodeError as error:
        raise TomlError(f"{path}: not UTF-8 text at byte {error.start}") from error
