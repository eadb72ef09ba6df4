"""Opens the palette PNGs that `quantscope picture` writes with Pillow, and holds the report against them.

    QUANTSCOPE_BIN=target/release/quantscope python check_pictures.py
"""

import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

PROGRAM = os.environ.get("QUANTSCOPE_BIN", "target/release/quantscope")

checks = 0


def check(condition, message):
    """Counts a check; ends the program at the first that fails."""
    global checks
    checks += 1
    if not condition:
        sys.exit(f"FAILED: {message}")


def entries(png):
    """Colours in the palette chunk, whatever a reader makes of it."""
    at = 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        if kind == b"PLTE":
            return length // 3
        at += 12 + length
    return 0


def reduced(folder, source, *arguments):
    """The report of a run, the picture as Pillow opens it, and the file's bytes."""
    out = folder / "out.png"
    command = [PROGRAM, "picture", str(source), "--out", str(out), "--json", *arguments]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    with Image.open(out) as image:
        image.load()
        return report, image.copy(), out.read_bytes()


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generator = np.random.default_rng(7)
        gradient = np.linspace(0, 255, 97)[None, :, None] * np.array([1, 0.6, 0.3])
        pixels = np.clip(gradient + generator.normal(0, 20, (61, 97, 3)), 0, 255).astype(np.uint8)
        source = folder / "in.png"
        Image.fromarray(pixels).save(source)
        for method in ("kmeans", "median-cut", "octree"):
            for colours in (2, 3, 4, 15, 16, 17, 100, 255, 256):
                report, image, png = reduced(folder, source, "--colors", str(colours), "--method", method)
                what = f"{method}, {colours} colours"
                check(image.mode == "P", f"{what}: mode {image.mode}")
                check(entries(png) == colours == report["colors"], f"{what}: {entries(png)} entries")
                check(report["file_bytes"] == len(png), f"{what}: size")
                given = np.asarray(image.convert("RGB"), np.int64)
                mse = ((given - pixels) ** 2).mean()
                check(abs(mse - report["mse"]) < 1e-9 * max(mse, 1), f"{what}: MSE {report['mse']}, Pillow {mse}")
                counts = np.bincount(np.asarray(image).ravel(), minlength=colours)
                check(counts.tolist() == report["pixels"], f"{what}: pixels of each colour")
        for arguments in (["--method", "fixed:web-safe", "--dither", "blue-noise"], ["--method", "uniform:bits=3-3-2"],
                          ["--colors", "16", "--space", "oklab", "--dither", "sierra", "--amount", "0.5"]):
            report, image, png = reduced(folder, source, *arguments)
            check(entries(png) == report["colors"] and image.size == (97, 61), " ".join(arguments))
        # Transparent pixels lie over white; a picture stands as its EXIF orientation says.
        Image.fromarray(np.array([[[10, 20, 30, 255], [200, 0, 0, 0]]], np.uint8)).save(folder / "alpha.png")
        _, image, _ = reduced(folder, folder / "alpha.png", "--colors", "2")
        check(np.asarray(image.convert("RGB")).tolist() == [[[10, 20, 30], [255, 255, 255]]], "alpha over white")
        # What is in a file decides, not its name; depth, transparency and a wrong name are told.
        deep = np.arange(24, dtype=np.uint16).reshape(4, 6) * 2500
        Image.fromarray(deep).save(folder / "deep.png")
        (folder / "deep.png").rename(folder / "deep.jpg")
        report, _, _ = reduced(folder, folder / "deep.jpg", "--colors", "4")
        check([rule.split(":")[0].split(" ")[0] for rule in report["rules"]] == ["the", "16"], f"rules {report['rules']}")
        # The palette of a PNG is one of the given palettes.
        Image.fromarray(pixels).quantize(7).save(folder / "seven.png")
        report, _, _ = reduced(folder, source, "--method", f"fixed:{folder / 'seven.png'}")
        check(report["colors"] == 7, f"{report['colors']} colours of a palette PNG")
        exif = Image.Exif()
        for orientation in range(1, 9):
            exif[0x0112] = orientation
            Image.fromarray(pixels[:16, :24]).save(folder / "turned.jpg", exif=exif, quality=95)
            with Image.open(folder / "turned.jpg") as turned:
                expected = ImageOps.exif_transpose(turned).size
            _, image, _ = reduced(folder, folder / "turned.jpg", "--colors", "4")
            check(image.size == expected, f"orientation {orientation}: {image.size}")
        # Every reader is given what it wrote.
        for ending in ("bmp", "gif", "tiff", "webp", "jpg"):
            Image.fromarray(pixels).save(folder / f"in.{ending}")
            report, image, _ = reduced(folder, folder / f"in.{ending}", "--colors", "8")
            check(image.size == (97, 61) and report["colors"] == 8, ending)
    print(f"{checks} checks of pictures passed")


main()
