"""Finds out what a file is from its content, not from its name."""

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
"""The media types that we accept, each with the ending of a file's name: photographs, documents and
recordings. Nothing that can be run as a program or that contains other files."""
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
"""The kinds that a file can be declared as, with their media types. Sound may be in a film's
container, since recorders often write it so."""
PICTURED = frozenset({"image/jpeg", "image/png", "image/webp"})
"""The media types of which a small picture is made."""
HEAD = 8192
"""How many bytes at the start of a file are needed to tell what it is."""
SOUND_ALONE = b"ftypM4A"
"""What follows the first four bytes of a recording that holds only sound, though its container is that of a
film."""


def type_of(content: bytes) -> str | None:
    """The media type of a file by its first bytes; None for one that we do not accept or do not know."""
    import filetype

    if content[4:11] == SOUND_ALONE:
        return "audio/mp4"
    found = filetype.guess(content[:HEAD])
    return found.mime if found and found.mime in TYPES else None


def fits(declared: str, found: str) -> bool:
    """Whether the media type that was found is the one that was declared, or of the kind that was
    declared."""
    return found in KINDS.get(declared, {declared})
