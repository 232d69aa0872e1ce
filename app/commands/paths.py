"""Paths, names and questions on the command line, for argparse and in what is said of them. Knows no command."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from pathlib import Path


def path(given: str) -> Path:
    """A path as it is given; an empty one, as of a variable that is not set, would mean the current folder."""
    if not given:
        raise ArgumentTypeError("expected a path, met an empty one")
    return Path(given)


def said_name(given: str) -> str:
    """A name as it is given; an empty one would mean the default, which is not what was typed."""
    if not given.strip():
        raise ArgumentTypeError("expected a name, met an empty one")
    return given


def asked(given: str) -> str:
    """A question or words to search for, as they are given."""
    if not given.strip():
        raise ArgumentTypeError("expected words, met none")
    return given


def given_workspace(args: Namespace) -> Path | None:
    """The workspace, where the command line names one: commands to be typed next must name it, too."""
    return Path(args.workspace) if args.workspace_given else None


def typed(hint: str, args: Namespace) -> str:
    """A hint whose commands can be typed as they stand."""
    from app.failures import in_workspace

    return in_workspace(hint, given_workspace(args))
