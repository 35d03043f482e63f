"""The VGG19 network up to the ReLU after conv5_4: torchvision's ``vgg19().features[:36]``.

Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014,
configuration E.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

# Output channels of each 3x3 convolution (each followed by a ReLU); "pool" halves the size.
_LAYERS: tuple[int | str, ...] = (
    *(64, 64, "pool"),
    *(128, 128, "pool"),
    *(256, 256, 256, 256, "pool"),
    *(512, 512, 512, 512, "pool"),
    *(512, 512, 512, 512),
)


class Vgg19Features(nn.Module):
    """[B, 3, H, W], normalised as ImageNet -> [B, 512, H // 16, W // 16]; H and W of at least 16.

    Parameters have their published names, ``features.N.weight`` and ``features.N.bias``. The network is
    frozen and always in evaluation mode; gradients flow through it to its input.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.features = _layers()
        self.load_state_dict(weights, assign=True)
        self.requires_grad_(False)
        self.eval()

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Features of normalised images."""
        features: Tensor = self.features(x_BCHW)
        return features

    def train(self, mode: bool = True) -> Vgg19Features:
        return super().train(False)


def published_shapes() -> dict[str, tuple[int, ...]]:
    """Name and shape of every published parameter that `Vgg19Features` takes."""
    state = _layers().state_dict(prefix="features.")
    return {name: tuple(value.shape) for name, value in state.items()}


def _layers() -> nn.Sequential:
    # On the meta device, where a parameter has a shape and no value: nothing can be computed with
    # weights that were never loaded.
    layers: list[nn.Module] = []
    channels = 3
    for layer in _LAYERS:
        if isinstance(layer, str):
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [
                nn.Conv2d(channels, layer, 3, padding=1, device="meta"),
                nn.ReLU(inplace=True),
            ]
            channels = layer
    return nn.Sequential(*layers)
