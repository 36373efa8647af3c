"""Golden values of the non-negative factorisation, from scikit-learn's coordinate descent: `factorisation.json`.

    python make_factorisation.py
"""
import json
import os
import warnings

import numpy as np
from sklearn.decomposition import non_negative_factorization

HERE = os.path.dirname(os.path.abspath(__file__))
warnings.filterwarnings("ignore")

random = np.random.default_rng(4)
samples, features, components = 30, 12, 4
# Values that float32 and few digits hold exactly; half of them zero, as behind a ReLU.
values = random.gamma(1.5, size=(samples, 3)) @ random.gamma(1.0, size=(3, features)) + random.normal(size=(samples, features))
values = np.round(np.maximum(values - 2, 0) * 64) / 64
coefficients = np.round(random.random((samples, components)) * 64) / 64
basis = np.round(random.random((components, features)) * 64) / 64

rounds = []
for iterations in (1, 5, 200):
    u, w, done = non_negative_factorization(
        values, W=coefficients.copy(), H=basis.copy(), n_components=components, init="custom", solver="cd", tol=1e-4,
        max_iter=iterations, shuffle=False)
    rounds.append({
        "limit": iterations, "iterations": int(done), "coefficients": u.ravel().tolist(), "basis": w.ravel().tolist(),
        "relativeError": float(np.linalg.norm(values - u @ w) / np.linalg.norm(values))})

with open(os.path.join(HERE, "factorisation.json"), "w") as out:
    json.dump({
        "features": features, "components": components, "values": values.ravel().tolist(),
        "coefficients": coefficients.ravel().tolist(), "basis": basis.ravel().tolist(), "rounds": rounds,
    }, out, separators=(",", ":"))
    out.write("\n")
print([(r["iterations"], r["relativeError"]) for r in rounds])
