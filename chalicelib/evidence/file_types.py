"""Finds out the type of a file from its content; its name is not trusted."""

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
"""The accepted media types, each with its file name extension: photographs, documents and recordings. A file
of such a type cannot be run as a program and contains no other files."""
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
"""The kinds that a sender can declare instead of a media type, such as `image/*`, each with its media types.
Sound also includes video containers, because recorders often store sound in such a file."""
PICTURED = frozenset({"image/jpeg", "image/png", "image/webp"})
"""The media types for which a thumbnail is made."""
HEAD = 8192
"""How many bytes from the beginning of a file are needed to find out its type."""
SOUND_ALONE = b"ftypM4A"
"""The bytes 4 to 10 of a recording that has only sound in a video container."""


def type_of(content: bytes) -> str | None:
    """Return the media type of a file from its first bytes; None if it is unknown or not accepted."""
    import filetype

    if content[4:11] == SOUND_ALONE:
        return "audio/mp4"
    found = filetype.guess(content[:HEAD])
    return found.mime if found and found.mime in TYPES else None


def fits(declared: str, found: str) -> bool:
    """Return whether the media type `found` matches what the sender declared. `declared` is a media type or a
    kind of `KINDS`."""
    return found in KINDS.get(declared, {declared})
