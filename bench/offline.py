"""K-means and discriminant analysis of the offline part against scikit-learn, on the same data, as many threads.

    python3 bench/offline.py --vitrine .build/release/vitrine [--rounds 5] [--only "256 words"]

K-means is 20 iterations of Lloyd's algorithm after k-means++, one start; discriminant analysis keeps nine components of ten classes.
Features are a layer's of a network after ReLU, imitated: mixtures of Gaussians, half of the values zero. Rounds alternate, so that a
busy moment meets both; the ratio is the median of the rounds' ratios (theirs / ours), inertia the mean over rounds with another seed
each (ours / theirs). On a machine with other work, `--threads 1 --processor-time` compares what each uses of a processor instead of
the time that passes.

With `--mini-batch 4096` only this is compared: scikit-learn's MiniBatchKMeans as it comes (batches of 1,024 rows), and ours with as few
iterations over all rows as reach its inertia.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

import numpy as np
from safetensors.numpy import save_file
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from threadpoolctl import threadpool_limits


def features(rows, channels, classes, seed=0):
    random = np.random.default_rng(seed)
    label = random.integers(0, classes, rows)
    part = random.integers(0, 30, rows)
    middles = random.normal(size=(classes, 30, channels))
    values = np.empty((rows, channels), np.float32)
    # A million rows at a time: double precision for all of them would be several gigabytes.
    for begin in range(0, rows, 1_000_000):
        piece = slice(begin, min(begin + 1_000_000, rows))
        noise = random.normal(size=(piece.stop - begin, channels)) * 0.7
        values[piece] = np.maximum(middles[label[piece], part[piece]] + noise, 0)
    return values, label.astype(np.float32)


def timed(step, clock):
    begin = clock()
    result = step()
    return (clock() - begin) * 1000, result


def beside_mini_batches(vitrine, rows, path, words, options, clock):
    """One line a round: their time, and ours at the least number of iterations whose inertia is theirs or better."""
    print("| MiniBatchKMeans, s | ours, s | ratio | iterations | inertia, ours / theirs | peak memory, MB |\n|---|---|---|---|---|---|")
    for seed in range(options.rounds):
        theirs, model = timed(lambda: MiniBatchKMeans(words, n_init=1, random_state=seed).fit(rows), clock)
        for iterations in (1, 2, 3, 4, 6, 8, 12, 16, 20):
            result = json.loads(subprocess.run(
                [vitrine, "benchmark-offline", path, "--threads", str(options.threads), "--seed", str(seed), "--words", str(words),
                 "--iterations", str(iterations)], capture_output=True, check=True, text=True).stdout)
            if result["inertia"] <= model.inertia_:
                break
        ours = result["processor_ms" if options.processor_time else "median_ms"]
        print(f"| {theirs / 1000:.1f} | {ours / 1000:.1f} | {theirs / ours:.2f} | {iterations} | {result['inertia'] / model.inertia_:.4f} "
              f"| {result['peak_rss_mb']:.0f} |", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--vitrine", default=".build/release/vitrine")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--rows", type=int, default=100_000)
    arguments.add_argument("--only", default="", help="only lines whose label contains this")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--processor-time", action="store_true")
    arguments.add_argument("--mini-batch", type=int, metavar="WORDS")
    options = arguments.parse_args()
    clock = time.process_time if options.processor_time else time.perf_counter
    threadpool_limits(options.threads)
    rows, labels = features(options.rows, 64, 10)

    def k_means(words, seed):
        return KMeans(words, n_init=1, max_iter=20, tol=0, random_state=seed).fit(rows).inertia_

    def analysis(solver):
        LinearDiscriminantAnalysis(solver=solver).fit(rows, labels)

    cases = [
        ("K-means, 256 words", ["--words", "256"], [lambda seed: k_means(256, seed)]),
        ("K-means, 4096 words", ["--words", "4096"], [lambda seed: k_means(4096, seed)]),
        ("discriminant analysis", ["--what", "discriminants", "--runs", "5"],
         [lambda seed: analysis("svd"), lambda seed: analysis("eigen")]),
    ]
    print(f"{options.rows} x 64, {options.threads} threads, milliseconds{' of processor time' if options.processor_time else ''}")
    if options.mini_batch:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "features.safetensors")
            save_file({"features": rows, "labels": labels}, path)
            return beside_mini_batches(options.vitrine, rows, path, options.mini_batch, options, clock)
    print("| work | scikit-learn | ours | ratio | inertia | peak memory, MB |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "features.safetensors")
        save_file({"features": rows, "labels": labels}, path)
        for label, command, ways in cases:
            if options.only not in label:
                continue
            ours, theirs, ratios, inertias = [], [], [], ([], [])
            for seed in range(options.rounds):
                result = json.loads(subprocess.run(
                    [options.vitrine, "benchmark-offline", path, "--threads", str(options.threads), "--seed", str(seed), *command],
                    capture_output=True, check=True, text=True).stdout)
                found = [timed(lambda: way(seed), clock) for way in ways]
                ours.append(result["processor_ms" if options.processor_time else "median_ms"])
                theirs.append(min(time for time, _ in found))
                ratios.append(theirs[-1] / ours[-1])
                if "inertia" in result:
                    inertias[0].append(result["inertia"])
                    inertias[1].append(found[0][1])
            quality = f"{statistics.mean(inertias[0]) / statistics.mean(inertias[1]):.4f}" if inertias[0] else "-"
            print(f"| {label} | {statistics.median(theirs):.1f} | {statistics.median(ours):.1f} | {statistics.median(ratios):.2f} "
                  f"| {quality} | {result['peak_rss_mb']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
