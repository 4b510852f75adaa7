"""Thumbnails, looked at with another library than the one that makes them."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from conclave.errors import refused
from conclave.media import MEDIA, download, noise, upload

pytestmark = pytest.mark.ours_only


def picture(width: int, height: int, format: str = "PNG", frames: int = 1, mode: str = "RGB", **options) -> bytes:
    images = [Image.effect_noise((width, height), 50 + frame).convert(mode) for frame in range(frames)]
    file = io.BytesIO()
    if frames > 1:
        options = {"save_all": True, "append_images": images[1:], "duration": 50, "loop": 0, **options}
    images[0].save(file, format, **options)
    return file.getvalue()


def thumbnail(who, uri: str, width: int, height: int, **query):
    return download(who, uri, kind="thumbnail", width=width, height=height, **query)


def seen(answer) -> Image.Image:
    assert answer.status_code == 200, answer.text
    image = Image.open(io.BytesIO(answer.content))
    assert answer.headers["content-type"] == f"image/{image.format.lower()}"
    image.load()
    return image


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.parametrize("width, height, method", [(32, 32, "crop"), (96, 96, "crop"), (320, 240, "scale"), (640, 480, "scale"), (800, 600, "scale")])
def test_the_sizes_of_the_specification(alice, bob, format, width, height, method):
    uri = upload(alice, picture(1600, 900, format), type=f"image/{format.lower()}")
    answer = thumbnail(bob, uri, width, height, method=method)
    image = seen(answer)
    assert image.size == ((width, height) if method == "crop" else (round(1600 * height / 900), height))
    assert answer.headers["content-disposition"].startswith("inline; filename=\"thumbnail.")
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert len(answer.content) < 1_500_000
    # The second time it is the same.
    assert thumbnail(bob, uri, width, height, method=method).content == answer.content


@pytest.mark.parametrize("size", [(1000, 100), (100, 1000), (700, 700), (333, 77)])
@pytest.mark.parametrize("wish", [(10, 10), (32, 32), (50, 200), (320, 240), (1000, 1000)])
@pytest.mark.parametrize("method", ["scale", "crop"])
def test_nothing_is_enlarged_and_nothing_too_small(alice, size, wish, method):
    image = seen(thumbnail(alice, upload(alice, picture(*size)), *wish, method=method))
    assert image.width <= size[0] and image.height <= size[1]
    if method == "scale":
        assert image.width >= min(wish[0], size[0]) or image.height == size[1]
        assert image.height >= min(wish[1], size[1]) or image.width == size[0]
        assert abs(image.width / image.height - size[0] / size[1]) < 0.06 * size[0] / size[1]
    elif size[0] >= wish[0] and size[1] >= wish[1]:
        assert image.width >= wish[0] and image.height >= wish[1]
        assert abs(image.width / image.height - wish[0] / wish[1]) < 0.01


def test_a_small_picture_is_given_as_it_is(alice):
    sent = picture(20, 10)
    assert thumbnail(alice, upload(alice, sent), 320, 240).content == sent
    assert thumbnail(alice, upload(alice, sent), 32, 32, method="crop").content == sent


def test_scale_is_what_is_meant_without_a_method(alice):
    uri = upload(alice, picture(1000, 1000))
    assert seen(thumbnail(alice, uri, 320, 240)).size == seen(thumbnail(alice, uri, 320, 240, method="scale")).size == (320, 320)


@pytest.mark.parametrize("format", ["GIF", "WEBP"])
def test_moving_pictures_move_when_asked(alice, format):
    uri = upload(alice, picture(400, 300, format, frames=6), type=f"image/{format.lower()}")
    for method, size in (("crop", (96, 96)), ("scale", (320, 240))):
        still = seen(thumbnail(alice, uri, *size, method=method))
        assert getattr(still, "n_frames", 1) == 1
        assert getattr(seen(thumbnail(alice, uri, *size, method=method, animated=False)), "n_frames", 1) == 1
        moving = seen(thumbnail(alice, uri, *size, method=method, animated=True))
        assert moving.n_frames == 6 and moving.format == "WEBP" and moving.size == size
    # No larger than asked for: the original moves too, but only when asked.
    assert getattr(seen(thumbnail(alice, uri, 800, 600)), "n_frames", 1) == 1
    assert seen(thumbnail(alice, uri, 800, 600, animated=True)).n_frames == 6


def test_a_moving_png_does_not_move_unasked(alice):
    uri = upload(alice, picture(50, 50, "PNG", frames=3))
    assert getattr(seen(thumbnail(alice, uri, 96, 96, method="crop")), "n_frames", 1) == 1


def test_pictures_are_turned_and_lose_what_the_camera_wrote(alice):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "taken at home"
    sent = picture(1200, 600, "JPEG", exif=exif.tobytes())
    assert b"taken at home" in sent
    answer = thumbnail(alice, upload(alice, sent, type="image/jpeg"), 100, 100, method="scale")
    image = seen(answer)
    assert image.height > image.width and b"taken at home" not in answer.content


def test_transparency_and_unusual_colours_survive(alice):
    image = seen(thumbnail(alice, upload(alice, picture(300, 300, mode="RGBA")), 32, 32, method="crop"))
    assert image.format == "PNG" and "A" in image.mode
    for mode, format in (("CMYK", "JPEG"), ("L", "PNG"), ("P", "PNG"), ("1", "PNG"), ("I;16", "PNG")):
        content = io.BytesIO()
        Image.new(mode, (300, 200)).save(content, format)
        assert seen(thumbnail(alice, upload(alice, content.getvalue()), 32, 32, method="crop")).size == (32, 32)


@pytest.mark.parametrize("query", [{}, {"width": 32}, {"height": 32}, {"width": "x", "height": 32}, {"width": -1, "height": 32},
                                   {"width": 0, "height": 0}, {"width": 1.5, "height": 2}, {"width": 32, "height": 32, "method": "stretch"},
                                   {"width": 32, "height": 32, "animated": "maybe"}])
def test_senseless_wishes_are_refused(alice, query):
    answer = download(alice, upload(alice, picture(50, 50)), kind="thumbnail", **query)
    assert answer.status_code == 400 and answer.json()["errcode"] in ("M_INVALID_PARAM", "M_MISSING_PARAM", "M_UNKNOWN")


def bomb(width: int, height: int) -> bytes:
    """A PNG of many pixels in few bytes."""
    def chunk(type: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + type + data + struct.pack(">I", zlib.crc32(type + data))

    row = b"\0" * (width // 8 + 1)
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_what_cannot_be_reduced_is_refused(alice):
    broken = picture(300, 300, "JPEG")
    for content in (b"text", b"", noise(5000), b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.4\n", b"GIF89a", broken[:50],
                    b"\x89PNG\r\n\x1a\n" + noise(500), b"RIFF\x20\0\0\0WEBPVP8 " + noise(100)):
        answer = thumbnail(alice, upload(alice, content), 32, 32, method="crop")
        assert answer.status_code == 400 and answer.json()["errcode"] == "M_UNKNOWN", content[:20]


def test_bombs_do_not_go_off(alice):
    for width, height in ((20_000, 20_000), (60_000, 60_000)):
        answer = thumbnail(alice, upload(alice, bomb(width, height if height < 30_000 else 10)[:2_000_000]), 32, 32, method="crop")
        assert answer.status_code in (200, 413), answer.text
    huge = bytearray(bomb(64, 64))
    huge[16:24] = struct.pack(">II", 50_000, 50_000)
    huge[29:33] = struct.pack(">I", zlib.crc32(bytes(huge[12:29])))
    answer = thumbnail(alice, upload(alice, bytes(huge)), 32, 32, method="crop")
    assert answer.status_code == 413 and answer.json()["errcode"] == "M_TOO_LARGE"
    many = io.BytesIO()
    images = [Image.new("P", (2000, 2000), shade) for shade in range(20)]
    images[0].save(many, "GIF", save_all=True, append_images=images[1:])
    frames = upload(alice, many.getvalue(), type="image/gif")
    assert thumbnail(alice, frames, 96, 96, method="crop", animated=True).status_code == 413
    assert alice.get("account/whoami")["user_id"] == alice.user


def test_of_nothing_there_is_no_thumbnail(alice, nobody):
    answer = download(alice, "mxc://example.test/nosuchmedia", kind="thumbnail", width=32, height=32)
    assert answer.status_code == 404 and answer.json()["errcode"] == "M_NOT_FOUND"
    with refused(401, "M_MISSING_TOKEN"):
        nobody.get(MEDIA + "/thumbnail", "example.test", "x", width=32, height=32)
