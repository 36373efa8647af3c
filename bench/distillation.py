"""Runs the distillation experiment of docs/distillation.md, or what is missing of it, and prints its tables.

    python3 bench/distillation.py --teacher resnet56.th --train DIR --test DIR --out DIR [--budget two] [--arms alone,kd] [--seeds 0]

DIR of `--train` and `--test` have a folder of images a class: CIFAR-10's as files. A budget is a number of images a class and of
epochs; an arm is a way to train one student. Every run is one `vitrine` command on one thread, whose folder is `--out/BUDGET/ARM-SEED`;
its last network is tested on all of `--test`. What is there is not run again, and what was interrupted goes on. `--jobs 2` runs two at
a time, `--print` runs nothing.

In brackets: 95 % intervals of paired differences over seeds (Student's t).
"""
import argparse
import concurrent.futures
import csv
import json
import pathlib
import statistics
import subprocess

from scipy import stats

BUDGETS = {
    "full": dict(student="cifar_resnet20", images=5000, epochs=8),
    "ten": dict(student="cifar_resnet20", images=500, epochs=16),
    "two": dict(student="cifar_resnet20", images=100, epochs=40),
    "two-resnet8x4": dict(student="cifar_resnet8x4", images=100, epochs=40),
}
# MobileNetV2 with the learning rate that `vitrine distill` takes for it, as published.
for budget in ("full", "ten", "two"):
    BUDGETS[f"{budget}-mobile"] = dict(BUDGETS[budget], student="cifar_mobile_half", rate=0.01)
LETKD = "--method letkd-2 --words 512"
ARMS = {
    "alone": None,
    "kd": "--method kd",
    "letkd1": "--method letkd-1 --words 512",
    "letkd2": LETKD,
    "unsup": f"{LETKD} --word-weight 0 --sub-class-weight 0",
    "alpha0": f"{LETKD} --alpha 0 --intermediate-alpha 0",
}
NAMES = {
    "alone": "student alone", "kd": "KD", "letkd1": "letKD-1", "letkd2": "letKD-2", "unsup": "letKD-2, layers without supervision",
    "alpha0": "letKD-2, alpha 0",
}


def commands(options, budget, arm, seed):
    """The training's arguments, and its folder."""
    what = BUDGETS[budget]
    folder = pathlib.Path(options.out, budget, f"{arm}-{seed}")
    if ARMS[arm] is None:
        start = ["train", "--architecture", what["student"]]
    else:
        start = ["distill", "--teacher", options.teacher, "--student", what["student"]] + ARMS[arm].split()
        if arm != "kd":
            start += ["--offline", str(folder.parent / "offline")]
    limit = [] if what["images"] == 5000 else ["--limit-per-class", str(what["images"])]
    if "rate" in what:
        limit += ["--learning-rate", str(what["rate"])]
    return start + ["--images", options.train] + limit + ["--epochs", str(what["epochs"]), "--seed", str(seed)], folder


def run(options, budget, arm, seed):
    arguments, folder = commands(options, budget, arm, seed)
    result = folder / "eval.json"
    if result.exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    common = ["--threads", "1", "--quiet"]
    with open(f"{folder}.log", "a") as log:
        subprocess.run([options.vitrine, *arguments, *common, "--out", str(folder)], check=True, stdout=log, stderr=log)
        found = subprocess.run(
            [options.vitrine, "evaluate", f"{folder}/model.safetensors", "--images", options.test, "--json", *common],
            check=True, stdout=subprocess.PIPE, stderr=log, text=True).stdout
    result.write_text(found)
    print(f"{budget} {arm} seed {seed}: {100 * json.loads(found)['top1']:.1f} %", flush=True)


def finished(options, budget, arm):
    """By seed: the share of the test images that is right, and the log's last line."""
    found = {}
    for folder in sorted(pathlib.Path(options.out, budget).glob(f"{arm}-*/")):
        if (folder / "eval.json").exists():
            with open(folder / "log.csv") as log:
                last = list(csv.DictReader(log))[-1]
            found[int(folder.name.rsplit("-", 1)[1])] = (100 * json.loads((folder / "eval.json").read_text())["top1"], last)
    return found


def difference(arm, other):
    seeds = sorted(arm.keys() & other.keys())
    pairs = [arm[seed][0] - other[seed][0] for seed in seeds]
    if not pairs:
        return ""
    mean = statistics.mean(pairs)
    if len(pairs) == 1:
        return f"{mean:+.1f}"
    half = stats.t.ppf(0.975, len(pairs) - 1) * statistics.stdev(pairs) / len(pairs) ** 0.5
    return f"{mean:+.1f} ({mean - half:+.1f} to {mean + half:+.1f})"


def table(options, budget):
    runs = {arm: finished(options, budget, arm) for arm in ARMS}
    what = BUDGETS[budget]
    print(f"\n{budget}: {what['student']}, {what['images']} images a class, {what['epochs']} epochs\n")
    print("| arm | right | seeds | against alone | against KD | right of the training images at the end | agreement |")
    print("|---|---|---|---|---|---|---|")
    for arm, found in runs.items():
        if not found:
            continue
        values = [value for value, _ in found.values()]
        spread = f" ({statistics.stdev(values):.1f})" if len(values) > 1 else ""
        logs = [log for _, log in found.values()]
        agreement = [100 * float(log["teacher_agreement"]) for log in logs if log.get("teacher_agreement")]
        print(" | ".join([
            f"| {NAMES[arm]}", f"{statistics.mean(values):.1f} %{spread}", ", ".join(f"{value:.1f}" for value in values),
            "" if arm == "alone" else difference(found, runs["alone"]), "" if arm in ("alone", "kd") else difference(found, runs["kd"]),
            f"{statistics.mean(100 * float(log['train_accuracy']) for log in logs):.1f} %",
            (f"{statistics.mean(agreement):.1f} %" if agreement else "") + " |"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vitrine", default=".build/release/vitrine")
    parser.add_argument("--teacher", required=True)
    parser.add_argument("--train", required=True)
    parser.add_argument("--test", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--budget", default="two,ten,full", help=f"of {', '.join(BUDGETS)}")
    parser.add_argument("--arms", default=",".join(ARMS))
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--print", action="store_true", help="print the tables of what is finished")
    options = parser.parse_args()
    budgets = options.budget.split(",")
    if not options.print:
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            work = [
                pool.submit(run, options, budget, arm, int(seed))
                for budget in budgets for seed in options.seeds.split(",") for arm in options.arms.split(",")]
            for each in work:
                each.result()
    for budget in budgets:
        table(options, budget)


if __name__ == "__main__":
    main()
