"""Pictures of any usual kind: a look at both ends of a file without decoding it, and decoding to RGB."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np

from vsrppp_tui.data.stacks import Picture, UnreadablePatch
from vsrppp_tui.png import BrokenPng, decode_png, read_png_size

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")

_PNG, _JPEG, _BMP = b"\x89PNG", b"\xff\xd8\xff", b"BM"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_JPEG_END = b"\xff\xd9"
_TAIL_BYTES = 65536  # cameras append data of their own behind the end of a JPEG
_START_OF_SCAN = 0xDA
_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD9))  # JPEG markers that stand alone (ITU T.81, B.1.1.3)


def check_image(path: Path) -> int:
    """Look whether a file is a whole picture; returns its bytes. Only a TIFF file is decoded for it.

    Raises:
        UnreadablePatch: not a picture, cut short, or not readable; with the reason.
    """
    try:
        with path.open("rb") as file:
            length = file.seek(0, os.SEEK_END)
            file.seek(0)
            rule = _broken_rule(path, file, length)
    except OSError as error:
        raise UnreadablePatch(path, f"cannot be read ({error.strerror})") from None
    if rule is not None:
        raise UnreadablePatch(path, rule)
    return length


def read_image(path: Path) -> Picture:
    """Decode a picture to uint8 RGB [H, W, 3]; grey ones are widened, alpha is dropped.

    Raises:
        UnreadablePatch: the file is gone, damaged or no picture.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadablePatch(path, f"cannot be read ({error.strerror})") from None
    if data.startswith(_PNG):
        return _png(path)
    try:
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    except cv2.error:
        bgr = None
    if bgr is None:
        raise UnreadablePatch(path, "cannot be decoded" if data else "is empty")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _png(path: Path) -> Picture:
    try:
        return decode_png(path)  # which checks every checksum; a damaged PNG may decode to anything
    except BrokenPng as error:
        raise UnreadablePatch(path, str(error)) from None


def _broken_rule(path: Path, file: BinaryIO, length: int) -> str | None:
    """What is wrong with a file, in words; None where nothing is."""
    head = file.read(26)
    if not head:
        return "is empty"
    if head.startswith(_PNG):
        return _png_rule(path)
    if head.startswith(_JPEG):
        return _jpeg_rule(file, length)
    if head.startswith(_BMP):
        return _bmp_rule(head, length)
    if head.startswith(_TIFF):
        return _decoding_rule(path)
    return "is no picture of a kind that is known (PNG, JPEG, BMP, TIFF)"


def _png_rule(path: Path) -> str | None:
    try:
        read_png_size(path)
    except BrokenPng as error:
        return str(error)
    return None


def _decoding_rule(path: Path) -> str | None:
    try:
        read_image(path)
    except UnreadablePatch as error:
        return error.rule
    return None


def _bmp_rule(head: bytes, length: int) -> str | None:
    pixels = struct.unpack_from("<I", head, 10)[0] if len(head) == 26 else length
    return "is truncated: its pixels are missing" if pixels >= length else None


def _jpeg_rule(file: BinaryIO, length: int) -> str | None:
    """Walk over the segments to the first scan; behind it the end of the picture has to come."""
    place = 2
    while True:
        file.seek(place)
        marker = file.read(4)
        if len(marker) < 4 or marker[0] != 0xFF:
            return "is damaged: it is no whole JPEG file"
        if marker[1] in _WITHOUT_LENGTH or marker[1] == 0xFF:  # a fill byte, or no content
            place += 1 if marker[1] == 0xFF else 2
            continue
        place += 2 + struct.unpack(">H", marker[2:])[0]
        if marker[1] == _START_OF_SCAN:
            break
    file.seek(max(place, length - _TAIL_BYTES))
    return None if _JPEG_END in file.read() else "is truncated: the end of the JPEG is missing"
