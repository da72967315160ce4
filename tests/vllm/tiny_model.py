"""Make the tiny chat model that the tests serve: `python tiny_model.py FOLDER`.

A two-layer Llama with random weights and a byte-level BPE tokenizer trained on the manual that
Python carries in `pydoc_data`; nothing is downloaded. Its text is nonsense, which is all that a
test of the protocol needs. Runs in vLLM's virtual environment (torch, transformers, tokenizers).
"""

import argparse
from pathlib import Path
from pydoc_data.topics import topics

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

VOCABULARY = 4096
WIDTH = 128
CONTEXT = 8192
END_OF_TEXT_SPREAD = 3.0
"""Standard deviation of the end-of-text token's logit; the others have about 0.2. So that replies
end by themselves after some tens of tokens, which uniformly random weights never do."""

SPECIAL = ("<unk>", "<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>")
TEMPLATE = """\
{%- if tools %}<|system|>{{ tools | tojson }}</s>{% endif -%}
{%- for message in messages -%}
<|{{ message.role }}|>{{ message.content or '' }}
{%- if message.tool_calls %}{{ message.tool_calls | tojson }}{% endif -%}
</s>
{%- endfor -%}
{%- if add_generation_prompt %}<|assistant|>{% endif -%}
"""


def make_tokenizer() -> PreTrainedTokenizerFast:
    """Return a byte-level BPE tokenizer with a chat template that knows tools."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(topics.values(), trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="</s>"
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def make_model(vocabulary: int) -> LlamaForCausalLM:
    """Return the network, the same one every time."""
    torch.manual_seed(7)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=WIDTH,
            intermediate_size=2 * WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=CONTEXT,
            bos_token_id=SPECIAL.index("<s>"),
            eos_token_id=SPECIAL.index("</s>"),
            pad_token_id=SPECIAL.index("</s>"),
        )
    )
    end = model.lm_head.weight.data[SPECIAL.index("</s>")]
    end.mul_(END_OF_TEXT_SPREAD / WIDTH**0.5 / end.std())
    return model


def main() -> None:
    """Write tokenizer and model into the folder given on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    tokenizer = make_tokenizer()
    tokenizer.save_pretrained(folder)
    make_model(len(tokenizer)).save_pretrained(folder)


if __name__ == "__main__":
    main()
