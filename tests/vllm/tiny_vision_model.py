"""Make a tiny chat model that takes pictures: `python tiny_vision_model.py FOLDER`.

An Idefics3 of a two-layer vision tower and a two-layer Llama, all random weights, with the
tokenizer of `tiny_model`: what it says of a picture is noise, but another picture makes other
noise. Runs in vLLM's virtual environment; of vLLM's models that take several pictures it is one
that needs no torchvision.
"""

import argparse
import sys
from pathlib import Path

import torch
from transformers import (
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessor,
    Idefics3Processor,
)

sys.path.insert(0, str(Path(__file__).parent))
import tiny_model  # type: ignore[import-not-found]

SIDE = 112
"""Pixels of a side that the tower looks at."""
PATCH = 14
SCALE = 1
"""Patches a side that become one token: a picture is 64 tokens, enough to weigh in a prompt."""
LOUD = 30.0
"""Factor on what the tower gives and on what attention gives: of tiny random weights, a reply would
hang on its last token alone."""
IMAGE = "<image>"
TEMPLATE = """\
{%- for message in messages -%}
<|{{ message.role }}|>
{%- if message.content is string -%}{{ message.content }}
{%- else -%}
{%- for part in message.content -%}
{%- if part.type == 'image' -%}<image>{%- elif part.type == 'text' -%}{{ part.text }}{%- endif -%}
{%- endfor -%}
{%- endif -%}
</s>
{%- endfor -%}
{%- if add_generation_prompt %}<|assistant|>{% endif -%}
"""


def main() -> None:
    """Write processor and model into the folder given on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    tokenizer = tiny_model.make_tokenizer()
    tokenizer.chat_template = TEMPLATE
    processor = Idefics3Processor(
        image_processor=Idefics3ImageProcessor(
            size={"longest_edge": SIDE},
            max_image_size={"longest_edge": SIDE},
            do_image_splitting=False,
        ),
        tokenizer=tokenizer,
        image_seq_len=(SIDE // PATCH // SCALE) ** 2,
        chat_template=TEMPLATE,
    )
    processor.save_pretrained(folder)
    tokenizer = processor.tokenizer
    text = tiny_model.make_model(len(tokenizer)).config.to_dict()
    torch.manual_seed(7)
    model = Idefics3ForConditionalGeneration(
        Idefics3Config(
            vision_config={
                "hidden_size": 64,
                "intermediate_size": 128,
                "num_hidden_layers": 2,
                "num_attention_heads": 1,
                "image_size": SIDE,
                "patch_size": PATCH,
            },
            text_config=text,
            image_token_id=tokenizer.convert_tokens_to_ids(IMAGE),
            scale_factor=SCALE,
            pad_token_id=text["pad_token_id"],
        )
    )
    model.model.vision_model.embeddings.patch_embedding.weight.data.mul_(LOUD)
    model.model.connector.modality_projection.proj.weight.data.mul_(LOUD)
    for layer in model.model.text_model.layers:
        layer.self_attn.o_proj.weight.data.mul_(LOUD)
    end = model.lm_head.weight.data[tiny_model.SPECIAL.index("</s>")]
    end.mul_(tiny_model.END_OF_TEXT_SPREAD / tiny_model.WIDTH**0.5 / end.std())
    model.save_pretrained(folder)


if __name__ == "__main__":
    main()
