"""Detects a file's type from its content, not from its name."""

TYPES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "application/pdf": "pdf",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/3gpp": "3gp",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/x-wav": "wav",
}
"""The accepted media types, each with its file name extension: photographs, documents and recordings. No type
can run as a program or contain other files."""
IMAGES, VIDEOS, AUDIOS = (
    frozenset(type for type in TYPES if type.startswith(kind)) for kind in ("image", "video", "audio")
)
KINDS = {
    "*/*": frozenset(TYPES),
    "image/*": IMAGES,
    "application/pdf": frozenset({"application/pdf"}),
    "video/*": VIDEOS,
    "audio/*": AUDIOS | {"video/mp4", "video/3gpp"},
}
"""The kinds for a declaration, with their media types. Sound includes video containers, since recorders often
use them."""
PICTURED = frozenset({"image/jpeg", "image/png", "image/webp"})
"""The media types with a small picture."""
HEAD = 8192
"""The number of bytes from the start of a file that detection needs."""
SOUND_ALONE = b"ftypM4A"
"""The bytes after the first four of a recording with sound only in a video container."""


def type_of(content: bytes) -> str | None:
    """Return a file's media type by its first bytes; None for an unaccepted or unknown type."""
    import filetype

    if content[4:11] == SOUND_ALONE:
        return "audio/mp4"
    found = filetype.guess(content[:HEAD])
    return found.mime if found and found.mime in TYPES else None


def fits(declared: str, found: str) -> bool:
    """Return whether the detected media type matches the declared type or kind."""
    return found in KINDS.get(declared, {declared})
