"""What the command line says of itself: wrong usage in one line with the nearest right word, and completion of words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from crmsheet.texts import Lang

_EXTRA = "Got unexpected extra argument"  # click has no class of its own for it


def near(word: str, known: Sequence[str], lang: Lang) -> str:
    """``，是否指“check”？`` where a known word is much alike, else nothing."""
    from difflib import get_close_matches

    found = get_close_matches(word, known, 1, 0.5)
    return _say("near", lang, near=found[0]) if found else ""


def _say(key: str, lang: Lang, **params: object) -> str:
    from crmsheet.texts import say  # only wrong usage needs them, and help is to be quick

    return say("cli", key, lang, **params)


def usage_line(error: click.ClickException, lang: Lang) -> str:
    """A usage error in the reader's language, on one line."""
    return " ".join(_line(error, lang).split())


def _line(error: click.ClickException, lang: Lang) -> str:
    if isinstance(error, click.BadOptionUsage):  # click does not say of which command
        return _say("option_value", lang, name=error.option_name)
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return error.format_message()
    return _of_names(error, error.ctx, lang) or _of_values(error, error.ctx, lang) or error.format_message()


def _of_names(error: click.UsageError, ctx: click.Context, lang: Lang) -> str | None:
    """Commands and options that are not there."""
    if isinstance(error, click.exceptions.NoSuchCommand):
        name, known, key = error.command_name, list(ctx.command.commands) if isinstance(ctx.command, click.Group) else [], "no_command"
    elif isinstance(error, click.NoSuchOption):
        name, known, key = error.option_name, [name for one in ctx.command.params for name in one.opts], "no_option"
    else:
        return None
    return _say(key, lang, name=name, near=near(name, known, lang), command=ctx.command_path)


def _of_values(error: click.UsageError, ctx: click.Context, lang: Lang) -> str | None:
    """Arguments and values that are missing, wrong or too many."""
    if isinstance(error, click.MissingParameter):
        return _say("missing", lang, usage=ctx.get_usage().partition(":")[2].strip())
    if isinstance(error, click.BadParameter) and error.param is not None:
        return f"{'/'.join(error.param.opts)}: {error.message}"
    if error.message.startswith(_EXTRA):
        return _say("extra", lang, words=error.message.partition("(")[2].rstrip(")"), command=ctx.command_path)
    return None


class Word(click.Choice[str]):
    """One of some words; another one is refused with the nearest."""

    def __init__(self, words: Sequence[str], lang: Callable[[], Lang]) -> None:
        super().__init__(words)
        self.lang = lang

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Raises BadParameter."""
        words, lang = [str(word) for word in self.choices], self.lang()
        if value not in words:
            self.fail(_say("bad_word", lang, value=value, near=near(str(value), words, lang), words="、".join(words)), param, ctx)
        return str(value)


class Minutes(click.ParamType[float]):
    """A number of minutes, 0 or more."""

    name = "minutes"

    def __init__(self, lang: Callable[[], Lang]) -> None:
        self.lang = lang

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Raises BadParameter."""
        try:
            minutes = float(value)
        except ValueError:
            minutes = -1.0
        if not 0 <= minutes < float("inf"):
            self.fail(_say("bad_minutes", self.lang(), value=value), param, ctx)
        return minutes


class Whole(click.ParamType[int]):
    """A whole number, 1 or more."""

    name = "number"

    def __init__(self, lang: Callable[[], Lang]) -> None:
        self.lang = lang

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Raises BadParameter."""
        if not str(value).isdecimal() or int(value) < 1:
            self.fail(_say("bad_whole", self.lang(), value=value), param, ctx)
        return int(value)


def complete_policy(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The presets, then files of one's own."""
    from click.shell_completion import CompletionItem

    from crmsheet.resources import template_names

    presets = [CompletionItem(name) for name in template_names("policies", ".toml") if name.startswith(incomplete)]
    return presets or [CompletionItem(incomplete, type="file")]


def complete_explain(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Finding codes, and files."""
    from click.shell_completion import CompletionItem

    from crmsheet.findings import CATALOGUE

    codes = [CompletionItem(code) for code in CATALOGUE if incomplete and code.startswith(incomplete)]
    return codes or [CompletionItem(incomplete, type="file")]
