"""`domain-tuner ...`: reads the command line, runs one command, shows its outcome or its error.

Knows nothing of what the commands do; each says that itself in app/commands. Nothing heavy is imported before a command
needs it, so that --help answers at once.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import select
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from app import terminal
from app.commands import COMMANDS
from app.commands.outcome import Outcome
from app.commands.paths import given_workspace, path

DONE, FAILED, MISUSED = 0, 1, 2
_ANY_BYTES = ("paths", "workspace")  # what is ingested, and where to, may be called in any encoding


class WrongUse(Exception):
    """The command line itself is wrong."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongUse(f"{self.format_usage()}{self.prog}: {message}. `{self.prog} --help` shows an example.")


def parser() -> argparse.ArgumentParser:
    """The whole command line; --workspace and --json are taken before and after the command."""
    shared = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    group = shared.add_argument_group("everywhere")
    group.add_argument(
        "--workspace",
        type=path,
        metavar="DIR",
        help="folder of the documents and the runs (default: ./workspace)",
    )
    group.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else there")
    whole = _Parser(
        prog="domain-tuner",
        description="Teach a language model your documents, and compare what that is worth with looking things up.",
        epilog="example: domain-tuner demo",
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for add in COMMANDS:
        add(_Adder(commands, shared))
    return whole


class _Adder:
    """Adds one command to the parser, with its example and the options that all commands have."""

    def __init__(self, commands: Any, shared: argparse.ArgumentParser) -> None:
        self._commands, self.shared = commands, shared

    def __call__(
        self, name: str, run: Callable[[argparse.Namespace], Outcome], help: str, example: str
    ) -> argparse.ArgumentParser:
        command = self._commands.add_parser(
            name,
            help=help,
            description=help[0].upper() + help[1:] + ".",
            epilog="\n  ".join(["example:", *example.splitlines()]),
            parents=[self.shared],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(run=run, misuse=command.error, stopped="Stopped.")
        return command


def _check_text(values: Any) -> None:
    """WrongUse where an argument holds bytes that are no UTF-8."""
    if isinstance(values, (list, tuple)):
        for value in values:
            _check_text(value)
    elif isinstance(values, (str, Path)):
        try:
            str(values).encode()
        except UnicodeEncodeError as error:
            raise WrongUse(f"Expected arguments in UTF-8, met {str(values)!r}. Set the terminal to UTF-8.") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit code: 0 done, 1 something failed, 2 wrong use."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show must not end a command
    try:
        args = parser().parse_args(given)
        _check_text([value for name, value in vars(args).items() if name not in _ANY_BYTES])
    except WrongUse as wrong:
        return _fail(str(wrong), "--json" in given, MISUSED)
    args.json = getattr(args, "json", False)
    args.workspace_given = hasattr(args, "workspace")
    args.workspace = Path(getattr(args, "workspace", "workspace"))
    try:
        return _run(args)
    except BrokenPipeError as error:
        if not _nobody_reads(sys.stdout):
            return _failed(error, args)
        # Whoever read the output has seen enough (`| head`); Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _nobody_reads(stream: Any) -> bool:
    """Whether it is a pipe whose other end is closed."""
    try:
        poll = select.poll()
        poll.register(stream.fileno(), 0)
        return any(event & select.POLLERR for _, event in poll.poll(0))
    except (OSError, ValueError):
        return False


def _run(args: argparse.Namespace) -> int:
    # Libraries may print; with --json standard output holds the one object and nothing else.
    aside = contextlib.redirect_stdout(sys.stderr) if args.json else contextlib.nullcontext()
    try:
        with aside:
            outcome: Outcome = args.run(args)
    except KeyboardInterrupt:
        return _fail(args.stopped, args.json, FAILED)
    except WrongUse as wrong:  # options that need each other
        return _fail(str(wrong), args.json, MISUSED)
    except BrokenPipeError:
        raise
    except Exception as error:
        return _failed(error, args)
    if args.json:
        print(json.dumps(outcome.data))
    elif outcome.text:
        print(outcome.text)
    sys.stdout.flush()
    return FAILED if outcome.failed else DONE


def _failed(error: Exception, args: argparse.Namespace) -> int:
    from app.failures import in_workspace, sentence_of
    from domain_tuner.errors import WrongOption

    code = MISUSED if isinstance(error, WrongOption) else FAILED
    return _fail(in_workspace(sentence_of(error, args.workspace), given_workspace(args)), args.json, code)


def _fail(sentence: str, as_json: bool, code: int) -> int:
    with contextlib.suppress(BrokenPipeError):  # where nobody reads the words, the exit code still says it
        print(terminal.safe(sentence), file=sys.stderr)
    if as_json:
        print(json.dumps({"error": sentence}))
    return code


if __name__ == "__main__":
    sys.exit(main())
