"""Encode pictures with a tiny CLIP made on the spot: `python clip_encoder.py FOLDER PICTURE...`.

Prints the vectors as JSON. Runs in vLLM's virtual environment, which has torch and transformers.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTextConfig, CLIPVisionConfig

from usermind.models.images import ClipEncoder


def main() -> None:
    """Make the model, encode each picture by itself and all at once."""
    folder, *paths = map(Path, sys.argv[1:])
    torch.manual_seed(7)
    tower = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 2}
    model = CLIPModel(
        CLIPConfig(
            text_config=CLIPTextConfig(**tower, num_hidden_layers=1, vocab_size=64).to_dict(),
            vision_config=CLIPVisionConfig(
                **tower, num_hidden_layers=2, image_size=56, patch_size=14
            ).to_dict(),
            projection_dim=48,
        )
    )
    model.save_pretrained(folder)
    side = {"height": 56, "width": 56}
    CLIPImageProcessor(size={"shortest_edge": 56}, crop_size=side).save_pretrained(folder)
    encoder = ClipEncoder(folder)
    pictures = [path.read_bytes() for path in paths]
    alone = [encoder.encode([picture])[0].tolist() for picture in pictures]
    json.dump(
        {
            "alone": alone,
            "together": encoder.encode(pictures).tolist(),
            "name": encoder.name,
            "dimensions": encoder.dimensions,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
