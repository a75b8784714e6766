"""What a simulator can be told at its start."""

from __future__ import annotations

from dataclasses import dataclass

HOST = "127.0.0.1"
PREFIX = "/apis"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorOptions:
    """How one simulator behaves; the address is always loopback."""

    port: int = 0
    """0 takes any free port."""
    speed: float = 1.0
    """Divides the drawn durations and the pace of streams; seconds named by a rule or by `add_task` are not divided."""
    seed: int | None = None
    """The same seed and the same submissions give the same ids and durations."""
    routes: str = "both"
    """`both`, `reference` or `guide`: the paths of the other dialect answer 404."""
    api_key: str | None = None
    """The only key taken; None takes any that is not empty."""
    plain_errors: bool = False
    """Answer 401 as `{"detail": ...}` instead of the documented `{"error": ..., "status": 401}`."""
    dub_keys: str = "id"
    """What keys the result of a dub into several languages: `id` or `tag`."""
    tts_format: str = "flac"
    """What /tts-result sends: `flac` or `wav`."""
    sound_format: str = "wav"
    """What /text-to-sound-result sends: `flac` or `wav`."""
    link_seconds: float = 3600.0
    """How long a link to a result file works."""

    def __post_init__(self) -> None:
        if self.routes not in ("both", "reference", "guide"):
            raise ValueError(f"routes must be both, reference or guide, got {self.routes!r}")
        if not self.speed > 0:
            raise ValueError(f"speed must be above 0, got {self.speed}")
        if self.dub_keys not in ("id", "tag"):
            raise ValueError(f"dub_keys must be id or tag, got {self.dub_keys!r}")
        for name in ("tts_format", "sound_format"):
            if getattr(self, name) not in ("flac", "wav"):
                raise ValueError(f"{name} must be flac or wav, got {getattr(self, name)!r}")
