"""RRDBNet written a second time, as Real-ESRGAN publishes it, and files in its layout."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ReferenceDenseBlock(nn.Module):
    def __init__(self, feat: int, grow: int) -> None:
        super().__init__()
        for k in range(5):
            setattr(
                self, f"conv{k + 1}", nn.Conv2d(feat + k * grow, feat if k == 4 else grow, 3, 1, 1)
            )

    def forward(self, x: Tensor) -> Tensor:
        x1 = F.leaky_relu(self.conv1(x), 0.2)
        x2 = F.leaky_relu(self.conv2(torch.cat((x, x1), 1)), 0.2)
        x3 = F.leaky_relu(self.conv3(torch.cat((x, x1, x2), 1)), 0.2)
        x4 = F.leaky_relu(self.conv4(torch.cat((x, x1, x2, x3), 1)), 0.2)
        return self.conv5(torch.cat((x, x1, x2, x3, x4), 1)) * 0.2 + x


class ReferenceRRDB(nn.Module):
    def __init__(self, feat: int, grow: int) -> None:
        super().__init__()
        self.rdb1 = ReferenceDenseBlock(feat, grow)
        self.rdb2 = ReferenceDenseBlock(feat, grow)
        self.rdb3 = ReferenceDenseBlock(feat, grow)

    def forward(self, x: Tensor) -> Tensor:
        return self.rdb3(self.rdb2(self.rdb1(x))) * 0.2 + x


class ReferenceRRDBNet(nn.Module):
    def __init__(self, scale: int, feat: int = 64, blocks: int = 23, grow: int = 32) -> None:
        super().__init__()
        self.scale = scale
        self.conv_first = nn.Conv2d(12 if scale == 2 else 3, feat, 3, 1, 1)
        self.body = nn.Sequential(*[ReferenceRRDB(feat, grow) for _ in range(blocks)])
        self.conv_body = nn.Conv2d(feat, feat, 3, 1, 1)
        self.conv_up1 = nn.Conv2d(feat, feat, 3, 1, 1)
        self.conv_up2 = nn.Conv2d(feat, feat, 3, 1, 1)
        if scale == 8:
            self.conv_up3 = nn.Conv2d(feat, feat, 3, 1, 1)
        self.conv_hr = nn.Conv2d(feat, feat, 3, 1, 1)
        self.conv_last = nn.Conv2d(feat, 3, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        if self.scale == 2:  # as basicsr.archs.arch_util.pixel_unshuffle
            b, c, h, w = x.size()
            x = x.view(b, c, h // 2, 2, w // 2, 2).permute(0, 1, 3, 5, 2, 4)
            x = x.reshape(b, c * 4, h // 2, w // 2)
        feat = self.conv_first(x)
        feat = feat + self.conv_body(self.body(feat))
        ups = [self.conv_up1, self.conv_up2]
        if self.scale == 8:
            ups.append(self.conv_up3)
        for up in ups:
            feat = F.leaky_relu(up(F.interpolate(feat, scale_factor=2, mode="nearest")), 0.2)
        return self.conv_last(F.leaky_relu(self.conv_hr(feat), 0.2))
