"""The numbers in NeighbourEmbeddingTests: divergences of t-SNE and principal axes by scikit-learn (1.9.1)."""
import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

vectors = np.array(
    [
        [((p * p * 31 + q * q * 57 + p * q * 13) % 97) / 97 - 0.5 + (1 if q == p % 3 else 0) for q in range(10)]
        for p in range(60)
    ],
    dtype=np.float32,
)
for init in ("pca", "random"):
    print(init, [TSNE(perplexity=10, method="exact", init=init, random_state=s).fit(vectors).kl_divergence_ for s in range(3)])
axes = PCA(2).fit(vectors)
print(axes.explained_variance_ratio_, np.linalg.norm(axes.transform(vectors)[0]))
