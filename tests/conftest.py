"""Fixtures every floor may use, and the signals that programs under test begin with."""

import signal

from tests.support import simulator

__all__ = ["pytest_configure", "simulator"]


def pytest_configure() -> None:
    """Programs under test begin as from a terminal, also where the tests run in the background or under nohup.

    What a process ignores its children ignore too; a test that hangs up on one would then wait in vain.
    """
    for number, usual in ((signal.SIGHUP, signal.SIG_DFL), (signal.SIGINT, signal.default_int_handler)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)
