"""`vsrppp export`: weights for other programs."""

from __future__ import annotations

from pathlib import Path


def export(checkpoint: Path, out: Path) -> None:
    """Write the network of a checkpoint to `out` and say what stands there.

    Raises:
        UserError: see `deploy.export.export`.
    """
    from vsrppp_tui.deploy.export import export as write

    ready = write(checkpoint, out)
    weights = {"EMA": ", averaged weights (EMA)"}.get(ready.metadata.get("weights", ""), "")
    print(f"{ready.words}{weights}: {out}, {out.stat().st_size / 1e6:.1f} MB")
    if out.suffix == ".onnx":
        from vsrppp_tui.deploy.onnx_export import OPSET, TOLERANCE

        print(
            f"ONNX opset {OPSET}, sizes left open; onnxruntime gives torch's result within {TOLERANCE:g}."
        )
