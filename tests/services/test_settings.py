"""Settings: which source wins, and how a wrong one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from camb_tui.domain.errors import SettingsError
from camb_tui.services.settings import DEFAULT_BASE_URL, Settings, base_url_fault, load_settings


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def load(config: Path, options: dict[str, object] | None = None, **environ: str) -> Settings:
    return load_settings(options, config=str(config), environ=environ)


def test_command_line_beats_environment_beats_file_beats_default(config: Path) -> None:
    config.write_text('base_url = "https://file.example/apis"\nsession = "file"\ntheme = "dark"\n', "utf-8")
    settings = load(
        config,
        {"session": "option", "theme": None},
        CAMB_BASE_URL="https://environment.example/apis",
        CAMB_TUI_SESSION="environment",
    )
    assert settings.session == "option"
    assert settings.base_url == "https://environment.example/apis"
    assert settings.theme == "dark"
    assert settings.routes == "auto"


def test_an_empty_variable_is_not_given(config: Path) -> None:
    config.write_text("", "utf-8")
    assert load(config, CAMB_BASE_URL="").base_url == DEFAULT_BASE_URL


def test_the_environment_names_the_config_file_and_the_option_another(config: Path, tmp_path: Path) -> None:
    config.write_text('theme = "light"\n', "utf-8")
    other = tmp_path / "other.toml"
    other.write_text('theme = "dark"\n', "utf-8")
    environ = {"CAMB_TUI_CONFIG": str(config)}
    assert load_settings(environ=environ).theme == "light"
    assert load_settings(config=str(other), environ=environ).theme == "dark"


def test_a_config_file_the_user_named_must_exist(config: Path) -> None:
    """A typing error in --config must not mean the defaults."""
    with pytest.raises(SettingsError, match="there is no config file"):
        load(config)


def test_without_a_config_file_the_defaults_hold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert load_settings(environ={}) == Settings()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rotues = 'auto'\n", 'there is no setting "rotues"; did you mean "routes"?'),
        ("[poll]\nin_fligth = 3\n", 'there is no setting "poll.in_fligth"; did you mean "poll.in_flight"?'),
        ("[poll]\nin_flight = 'many'\n", "Expected `int`, got `str`"),
        ("[poll]\nin_flight = 0\n", '"poll.in_flight" is at least 1, not 0'),
        ("[poll]\nrate = nan\n", '"poll.rate" is at least'),
        ("[poll]\nstrategy = 'guess'\n", '"poll.strategy" is one of adaptive, backoff, not "guess"'),
        ("base_url = 'http://elsewhere.example'\n", '"base_url" is plain http'),
        ("theme = \n", "is not TOML"),
        ("api_key = 'no'\n", 'there is no setting "api_key"'),
    ],
)
def test_a_wrong_config_file_is_told_in_a_sentence(config: Path, text: str, sentence: str) -> None:
    config.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as caught:
        load(config)
    assert sentence in str(caught.value)
    assert str(config) in str(caught.value)


@pytest.mark.parametrize("url", ["https://client.camb.ai/apis", "http://127.0.0.1:8000/apis", "http://[::1]:1/x"])
def test_the_key_may_go_to_https_and_to_this_machine(url: str) -> None:
    assert base_url_fault(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://client.camb.ai", "http://127.0.0.1.example", "http://localhost.example", "ftp://a", "client.camb.ai",
        "https://user@host.example", "https://host.example/?a", "https://host.example:port/", "https://[::1",
    ],
)  # fmt: skip
def test_the_key_goes_nowhere_else(url: str) -> None:
    assert base_url_fault(url)
