"""Runs under another interpreter, one that has torch: a BERT-base-size torch pipeline on one thread.

Stands alone (imports nothing of the project). Usage: ``python baseline_worker.py tokenizer.json``. Writes one line of
JSON when it is ready; then each line read is a JSON list of texts and is answered by the CPU milliseconds of each, as a
JSON list, with the tokens of each. The weights are random: time does not depend on their values. The same tokenizer
file is used on both sides.
"""

import json
import sys
import time
from importlib import import_module


def main() -> None:
    """Answer slices until the input ends."""
    torch, transformers, tokenizers = (import_module(name) for name in ("torch", "transformers", "tokenizers"))
    torch.set_num_threads(1)
    config = transformers.BertConfig()  # its defaults are BERT-base: 12 layers, 768 wide, 12 heads, 30,522 word pieces
    model = transformers.BertModel(config).eval()
    tokenizer = tokenizers.Tokenizer.from_file(sys.argv[1])
    tokenizer.no_padding()  # the file asks for 128 tokens always; ours does not pad a single message either
    _tell(
        {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "parameters": sum(p.numel() for p in model.parameters()),
            "threads": torch.get_num_threads(),
            "attention": model.config._attn_implementation,  # noqa: SLF001  (it has no public name)
        }
    )
    for line in sys.stdin:
        spent = []
        for text in json.loads(line):
            begun = time.process_time()
            encoded = tokenizer.encode(text)
            with torch.inference_mode():
                model(
                    input_ids=torch.tensor([encoded.ids]),
                    attention_mask=torch.tensor([encoded.attention_mask]),
                ).pooler_output.numpy()
            spent.append([1000 * (time.process_time() - begun), len(encoded.ids)])
        _tell(spent)


def _tell(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
