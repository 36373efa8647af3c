"""Small pictures in other sizes, by PyTorch's antialiased linear interpolation: python3 make_view_golden.py, here; `view.json`."""
import json
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(0)
cases = []
for size, other in (((5, 4), (7, 9)), ((8, 6), (3, 4)), ((4, 4), (28, 28)), ((9, 5), (5, 9))):
    x = torch.rand(1, 3, *size, dtype=torch.float64).mul(100).round().div(100)
    y = F.interpolate(x, size=other, mode="bilinear", antialias=True, align_corners=False)
    cases.append({"size": size, "other": other, "picture": [round(v, 2) for v in x.flatten().tolist()],
                  "resampled": [round(v, 6) for v in y[0, 1].flatten().tolist()]})
path = pathlib.Path(__file__).resolve().parent / "view.json"
path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
