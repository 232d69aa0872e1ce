"""The errors of tuning and answering that a person can cause or fix.

    TuningError
    ├── NoModel          the base model cannot be loaded
    ├── WrongBaseModel   the adapter belongs to another base model
    ├── NoSuchRun        no run has that id
    ├── RunBusy          the run is at work, or not in a state for what was asked
    ├── BadOption        an option does not fit the base model, the machine or the folder
    │   └── WrongOption  no method of that name, no option of that name, or a value out of its range
    ├── BadQuestions     a questions file cannot be read
    ├── BadQuestion      a question is empty or too long
    └── NothingToLearn   no documents, or no training rows could be made

Each message says what was expected, what was met and what to do. Anything else is a bug and is shown as one.
"""


class TuningError(Exception):
    """Something a person can mend; the message is shown as it is."""


class NoModel(TuningError):
    """The base model cannot be loaded."""


class WrongBaseModel(TuningError):
    """The adapter was trained on another base model."""


class NoSuchRun(TuningError):
    """No run has that id."""


class RunBusy(TuningError):
    """The run is at work, or not in a state for what was asked."""


class BadOption(TuningError):
    """An option does not fit the base model, the machine or the folder."""


class WrongOption(BadOption):
    """A method or an option is unknown or out of range, whatever it would be put on."""


class BadQuestions(TuningError):
    """A questions file cannot be read."""


class BadQuestion(TuningError):
    """A question is empty or too long."""


class NothingToLearn(TuningError):
    """There are no documents, or no training rows could be made from them."""
