import Diagnostics
import Run

/// The manifest once more, with what is known by now: images that were skipped, and what a reader should know before believing the rest.
struct ManifestStage: ReportStage {
    let title = "Summing up"
    let needs: [any ReportStage.Type] = [StatisticsStage.self, ReferenceStage.self, ConceptStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] { [.manifest] }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Void {
        let found = findings.of(StatisticsStage.self)
        let warnings = run.warnings + RunWarnings.found(in: found.sweep, found.statistics, findings.tasks, run)
        try run.folder.write(run.manifest(skipped: found.sweep.skipped, warnings: warnings), to: .manifest)
    }
}
