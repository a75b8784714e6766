"""The API key: which source wins, and that no error shows it."""

from __future__ import annotations

import sys

import pytest

from camb_tui.domain.errors import SettingsError
from camb_tui.services.keys import FoundKey, ask_key, find_key, keep_key, run_key_command, system_keyring

URL = "https://client.camb.ai/apis"


class MemoryKeyring:
    """A keyring that keeps its keys in a mapping."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str, /) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str, /) -> None:
        self.kept[service, username] = password


class BrokenKeyring(MemoryKeyring):
    """A keyring whose backend fails and says too much."""

    def get_password(self, service: str, username: str, /) -> str | None:
        raise RuntimeError("kept-secret")

    def set_password(self, service: str, username: str, password: str, /) -> None:
        raise RuntimeError(password)


def test_the_environment_comes_before_the_command_before_the_keyring() -> None:
    keyring = MemoryKeyring()
    keep_key(URL, "from-keyring", keyring)
    environ = {"CAMB_API_KEY": " from-environment\n"}

    def run(command: str) -> str:
        return f"\nfrom-{command}\nsecond line\n"

    found = find_key(URL, command="pass", environ=environ, keyring=keyring, run=run)
    assert found.api_key == "from-environment"
    assert "CAMB_API_KEY" in found.source
    assert find_key(URL, command="pass", environ={}, keyring=keyring, run=run).api_key == "from-pass"
    assert find_key(URL, environ={}, keyring=keyring).api_key == "from-keyring"
    assert find_key(URL, environ={}).api_key is None


def test_a_key_kept_for_one_server_is_not_handed_to_another() -> None:
    keyring = MemoryKeyring()
    keep_key(URL, "secret", keyring)
    assert find_key("https://elsewhere.example/apis", environ={}, keyring=keyring).api_key is None
    assert find_key("https://client.camb.ai:443/v2", environ={}, keyring=keyring).api_key == "secret"


@pytest.mark.parametrize("key", ["se\ncret", "se cret", "sécret", "se\x1bcret"])
def test_what_no_header_can_carry_is_refused_without_quoting_it(key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        find_key(URL, environ={"CAMB_API_KEY": key})
    assert "cret" not in str(caught.value)


def test_the_key_is_in_no_representation() -> None:
    """A log line or a traceback with locals shows representations."""
    assert "secret" not in repr(FoundKey("secret", "keyring"))


def test_a_failing_keyring_stops_nothing_and_tells_nothing() -> None:
    found = find_key(URL, environ={}, keyring=BrokenKeyring())
    assert found.api_key is None
    assert "secret" not in found.source
    with pytest.raises(SettingsError) as caught:
        keep_key(URL, "secret", BrokenKeyring())
    assert "secret" not in str(caught.value)


def test_without_a_working_keyring_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most servers have no keyring; asking one that always fails would only be a slower no."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    assert system_keyring() is None


def test_the_key_command_runs_without_a_shell() -> None:
    assert run_key_command(f'"{sys.executable}" -c "print(1 + 1)" ; echo').strip() == "2"


@pytest.mark.parametrize("command", ["false", "'unclosed", "/no/such/program"])
def test_a_key_command_that_fails_is_told(command: str) -> None:
    with pytest.raises(SettingsError, match="api_key_command"):
        run_key_command(command)


def test_a_key_command_that_hangs_is_stopped_and_its_output_dropped() -> None:
    code = "import sys, time; print('secret', flush=True); time.sleep(60)"
    with pytest.raises(SettingsError, match="no key within") as caught:
        run_key_command(f'"{sys.executable}" -c "{code}"', seconds=0.2)
    assert caught.value.__cause__ is None


def test_a_typed_key_is_checked() -> None:
    assert ask_key(lambda prompt: "typed ") == "typed"
    with pytest.raises(SettingsError, match="empty"):
        ask_key(lambda prompt: "")
