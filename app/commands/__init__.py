"""The commands, one function each, in the order in which --help lists them. Importing this loads nothing heavy."""

from __future__ import annotations

from app.commands import answers, convert, documents, forecast, house, methods, passages, store, study, tuning

COMMANDS = (
    *documents.COMMANDS,
    *passages.COMMANDS,
    *store.COMMANDS,
    *methods.COMMANDS,
    *tuning.COMMANDS,
    *forecast.COMMANDS,
    *answers.COMMANDS,
    *study.COMMANDS,
    *convert.COMMANDS,
    *house.COMMANDS,
)
