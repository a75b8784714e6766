"""What a file is, by its first bytes: the service's audio comes as FLAC, WAV or bare PCM, whatever its label says."""

from __future__ import annotations

_BY_TYPE = {
    "audio/flac": ".flac",
    "audio/x-flac": ".flac",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "audio/wave": ".wav",
    "audio/mpeg": ".mp3",
    "audio/mp3": ".mp3",
    "audio/aac": ".aac",
    "audio/ogg": ".ogg",
    "audio/mp4": ".m4a",
    "audio/x-m4a": ".m4a",
    "audio/pcm": ".pcm",
    "audio/l16": ".pcm",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/x-matroska": ".mkv",
    "video/webm": ".webm",
    "application/mxf": ".mxf",
    "application/json": ".json",
    "application/x-subrip": ".srt",
    "text/vtt": ".vtt",
    "text/plain": ".txt",
    "text/html": ".html",
}


def sniff_suffix(head: bytes, content_type: str) -> str:
    """A file name's ending, with its dot, for a file that begins so; by its content type where that says nothing.

    Args:
        head: Its first bytes, 16 or more where there are as many.
        content_type: The header, with or without parameters, or an empty text.
    """
    return _by_bytes(head) or _BY_TYPE.get(content_type.partition(";")[0].strip().lower(), ".bin")


def _by_bytes(head: bytes) -> str | None:
    if head.startswith(b"fLaC"):
        return ".flac"
    if head.startswith(b"RIFF"):
        return ".avi" if head[8:11] == b"AVI" else ".wav"
    if head.startswith(b"OggS"):
        return ".ogg"
    if head.startswith(b"ID3"):
        return ".mp3"
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return ".m4a" if brand.startswith(b"M4A") else ".mov" if brand.startswith(b"qt") else ".mp4"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return ".webm" if b"webm" in head else ".mkv"
    if head.startswith(b"\x06\x0e\x2b\x34"):
        return ".mxf"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF0 == 0xF0:
        return ".aac" if head[1] & 0x06 == 0 else ".mp3"  # layer bits 00 are ADTS, else MPEG audio
    return None
