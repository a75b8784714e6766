"""Every error of ours, in one family; the services turn foreign exceptions into these.

    CambError
    |-- UsageError                what was asked cannot be done as it was asked
    |-- SettingsError             the configuration, a theme or a keymap is wrong
    |-- SessionError              the session file
    |   |-- SessionLockedError        another camb-tui writes it
    |   |-- SessionReadError          it cannot be read
    |   `-- SessionWriteError         it cannot be written (full disk, read-only folder)
    `-- ServiceError              one exchange with the service
        |-- NotSentError              nothing left this machine
        |-- NoAnswerError             the request left, no usable answer came
        |   `-- UnreadableAnswerError     a 2xx we cannot read
        |-- StreamEndedError          a stream ended before it was whole
        |-- RefusedError              the service answered with an error status
        |   |-- RejectedError             400, 404, 405, 413, 415, 422: nothing was taken
        |   |-- KeyRefusedError           401, 403
        |   |-- PaymentRequiredError      402
        |   |-- RateLimitedError          429
        |   `-- ServerTroubleError        408, 409, 5xx and every other status
        `-- NoKeyError                there is no API key to send

What a failed *create* means for its intent follows from the class alone: `NotSentError` and `RateLimitedError` created
nothing and may go again; `RejectedError`, `KeyRefusedError` and `PaymentRequiredError` created nothing and may not go
again by themselves; `NoAnswerError` and `ServerTroubleError` leave it open, which is `unconfirmed`; what ended with a
`StreamEndedError` was taken and is over.
"""

from __future__ import annotations

from collections.abc import Sequence


class CambError(Exception):
    """Anything that went wrong and that a person should read about."""


class UsageError(CambError):
    """What was asked cannot be done as it was asked."""


class SettingsError(CambError):
    """The configuration, a theme or a keymap is wrong."""


class SessionError(CambError):
    """The session file could not be used as asked."""


class SessionLockedError(SessionError):
    """Another camb-tui holds the session's lock."""


class SessionReadError(SessionError):
    """The session file cannot be read at all."""


class SessionWriteError(SessionError):
    """The session file cannot be written; what was to be saved is still in memory."""


class ServiceError(CambError):
    """One exchange with the service failed."""


class NotSentError(ServiceError):
    """Nothing left this machine: no name, no connection, no TLS, no free connection."""


class NoKeyError(NotSentError):
    """There is no API key, so nothing was sent."""


class NoAnswerError(ServiceError):
    """The request left this machine, and no usable answer came back."""


class UnreadableAnswerError(NoAnswerError):
    """The service answered 2xx with a body we cannot read; at most 200 characters of it are quoted."""


class StreamEndedError(ServiceError):
    """A stream the service had begun ended before it was whole: it broke, or was cancelled; `size` bytes had come."""

    def __init__(self, message: str, *, size: int, cancelled: bool = False) -> None:
        super().__init__(message)
        self.size = size
        self.cancelled = cancelled


class RefusedError(ServiceError):
    """The service answered with an error status; `code` is the HTTP status."""

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message)
        self.code = code


class RejectedError(RefusedError):
    """The service took nothing (400, 404, 405, 413, 415, 422).

    `faults` pairs a field's name with what is wrong with it, where the service said so.
    """

    def __init__(self, message: str, *, code: int, faults: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message, code=code)
        self.faults = tuple(faults)


class KeyRefusedError(RefusedError):
    """The service refused the key (401) or what it may do (403)."""


class PaymentRequiredError(RefusedError):
    """The account is out of credits (402)."""


class RateLimitedError(RefusedError):
    """The service asked us to slow down (429); wait `retry_after` seconds, None where it did not say."""

    def __init__(self, message: str, *, retry_after: float | None) -> None:
        super().__init__(message, code=429)
        self.retry_after = retry_after


class ServerTroubleError(RefusedError):
    """408, 409, 5xx or a status nobody expects; `retry_after` in seconds where the service said so."""

    def __init__(self, message: str, *, code: int, retry_after: float | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after
