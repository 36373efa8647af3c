import Analysis

/// The shell scripts of a report on many machines, which a batch system or a person runs.
struct JobScripts {
    /// The words of the report for one machine, its verb first.
    let report: [String]
    let run: String
    let shards: Int
    /// Of sbatch, for every job.
    let options: [String]
    /// Where the report's paths begin.
    let workingFolder: String
    let program: String

    private struct Step {
        var name: String
        var part: RunPart?
        var what: String
        var lines: [String]
    }

    private var steps: [Step] {
        func vitrine(_ words: [String]) -> String { "\"$VITRINE\" " + CommandText.line(words) }
        func merge(_ part: RunPart) -> String {
            "\"$VITRINE\" merge \(CommandText.line([ShardOptions.folder(of: run, part)]))/*-of-\(shards) --to \(CommandText.line([run]))"
        }
        func share(_ part: RunPart) -> String { vitrine(report + ["--part", part.rawValue]) + " --shard \"$shard/\(shards)\"" }
        return [
            Step(
                name: "1-begin", what: "Chooses what is chosen by timing, for all shards alike.",
                lines: [vitrine(report + ["--stop-before", "images"])]),
            Step(name: "2-images", part: .images, what: "One shard of the pass over the images.", lines: [share(.images)]),
            Step(
                name: "3-seen", what: "Joins these shards, and does what stands before the choice of references.",
                lines: [merge(.images), vitrine(report + ["--stop-before", "references"])]),
            Step(name: "4-references", part: .references, what: "One shard of the search for references.", lines: [share(.references)]),
            Step(
                name: "5-between", what: "Joins these shards, and does what stands before the prototypes.",
                lines: [merge(.references), vitrine(report + ["--stop-before", "prototypes"])]),
            Step(name: "6-prototypes", part: .prototypes, what: "One shard of the prototypes.", lines: [share(.prototypes)]),
            Step(
                name: "7-end", what: "Joins these shards, and writes the site.",
                lines: [merge(.prototypes), vitrine(report)]),
        ]
    }

    /// What submit.sh says to Slurm, for people.
    var lines: [String] {
        steps.enumerated().map { number, step in
            var words = ["sbatch"]
            if number > 0 {
                // Whatever became of shards, the job that joins them names those that are missing.
                words.append("--dependency=" + (steps[number - 1].part == nil ? "afterok:JOB\(number)" : "afterok:JOB\(number - 1),afterany:JOB\(number)"))
            }
            if step.part != nil { words.append("--array=1-\(shards)") }
            return (words + ["\(step.name).sh"]).joined(separator: " ")
        }
    }

    /// All of them; `place` is the folder that they will lie in.
    func files(in place: String) -> [(name: String, text: String)] {
        steps.map { ("\($0.name).sh", script($0, place)) } + [("submit.sh", submission), ("run.sh", plainRun)]
    }

    private func script(_ step: Step, _ place: String) -> String {
        var lines = ["#!/bin/sh", "#SBATCH --job-name=vitrine-\(step.name)"]
        lines.append("#SBATCH --output=\"\(place)/log/%x-%\(step.part == nil ? "j" : "A_%a").txt\"")
        // A task that was killed with its node goes on where it was.
        lines.append("#SBATCH --requeue")
        if step.part != nil { lines.append("#SBATCH --array=1-\(shards)") }
        lines += options.map { "#SBATCH \($0)" }
        lines.append("# \(step.what)" + (step.part == nil ? "" : " Without Slurm: sh \(step.name).sh 3"))
        lines += ["set -eu", "VITRINE=${VITRINE:-\(CommandText.line([program]))}", "cd \(CommandText.line([workingFolder]))"]
        if step.part != nil { lines.append("shard=${1:-${SLURM_ARRAY_TASK_ID:?which shard?}}") }
        return (lines + step.lines).joined(separator: "\n") + "\n"
    }

    private var submission: String {
        var lines = [
            "#!/bin/sh",
            "# Hands the jobs to Slurm, each after those before it. After a failure, from step 2 on with the shards 3 and 5 alone: submit.sh 2 3,5",
            "set -eu", "cd \"$(dirname \"$0\")\"", "first=${1:-1} some=${2:-} step=0 after=",
            "# Those after one job begin if it went well. Whatever became of shards, the job that joins them names those that are missing.",
            "submit() { # script",
            "    step=$((step + 1)) script=$1",
            "    [ \"$step\" -ge \"$first\" ] || return 0",
            "    shift",
            "    [ -z \"$after\" ] || set -- \"--dependency=$after\" --kill-on-invalid-dep=yes",
            "    if [ \"$step\" = \"$first\" ] && [ -n \"$some\" ]; then set -- \"$@\" --array=\"$some\"; fi",
            "    job=$(sbatch --parsable \"$@\" \"$script\")",
            "    job=${job%%;*}",
            "    echo \"$script: job $job\"",
            "}",
            "alone() { submit \"$1\"; after=${job:+afterok:$job}; }",
            "shared() { submit \"$1\"; after=${job:+${after:+$after,}afterany:$job}; }",
            "job=",
        ]
        lines += steps.map { ($0.part == nil ? "alone " : "shared ") + "\($0.name).sh" }
        return lines.joined(separator: "\n") + "\n"
    }

    private var plainRun: String {
        var lines = [
            "#!/bin/sh", "# The same without Slurm: JOBS shards at a time with GNU parallel, or one after the other.", "set -eu",
            "cd \"$(dirname \"$0\")\"",
            "shards() {",
            "    if command -v parallel >/dev/null; then seq \(shards) | parallel --jobs \"${JOBS:-1}\" sh \"$1\" {}; return; fi",
            "    for shard in $(seq \(shards)); do sh \"$1\" \"$shard\"; done",
            "}",
        ]
        lines += steps.map { $0.part == nil ? "sh \($0.name).sh" : "shards \($0.name).sh" }
        return lines.joined(separator: "\n") + "\n"
    }
}
