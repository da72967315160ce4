"""Draw the pictures of the demo: `python examples/draw_cats.py`.

`miso_on_record.png` is what the store keeps; `miso.jpg` is the same drawing in another size, darker
and coarser, as a phone might send it on; `stranger.jpg` is another cat. Scenarios name files of
their own folder alone, so that theirs are drawn there.
"""

from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance

HERE = Path(__file__).parent
SIDE = 320


def cat(fur: str, eyes: str, wall: str, *, stripes: str | None = None) -> Image.Image:
    """Return a cat's face before a wall."""
    image = Image.new("RGB", (SIDE, SIDE), wall)
    draw = ImageDraw.Draw(image)
    for x in (80, 240):
        draw.polygon([(x - 50, 130), (x + 50, 130), (x, 20)], fill=fur)
    draw.ellipse((50, 80, 270, 290), fill=fur)
    for x in (115, 205):
        draw.ellipse((x - 26, 140, x + 26, 192), fill=eyes)
        draw.ellipse((x - 8, 142, x + 8, 190), fill="black")
    draw.polygon([(145, 208), (175, 208), (160, 226)], fill="pink")
    if stripes:
        for x in (130, 160, 190):
            draw.line((x, 85, x, 125), fill=stripes, width=10)
    return image


def main() -> None:
    """Write the three files beside this one, and beside the scenarios."""
    miso = cat("dimgray", "gold", "teal", stripes="black")
    darker = ImageEnhance.Brightness(miso.resize((240, 240))).enhance(0.95)
    for folder in (HERE, HERE / "scenarios"):
        miso.save(folder / "miso_on_record.png")
        darker.save(folder / "miso.jpg", quality=85)
        cat("orange", "green", "lavender").save(folder / "stranger.jpg", quality=70)


if __name__ == "__main__":
    main()
