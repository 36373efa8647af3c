import Run

/// What the stages of a report have found so far, in their order.
struct ReportFindings {
    private var entries: [(stage: any ReportStage.Type, findings: Any)] = []

    /// What `stage` found. It must have been done: a stage names those it needs.
    func of<Stage: ReportStage>(_ stage: Stage.Type) -> Stage.Findings {
        guard let entry = entries.first(where: { $0.stage == stage }), let findings = entry.findings as? Stage.Findings else {
            preconditionFailure("\(stage) is needed by a stage that stands before it")
        }
        return findings
    }

    mutating func add<Stage: ReportStage>(_ findings: Stage.Findings, of stage: Stage) {
        entries.append((Stage.self, findings))
    }

    /// All findings of one kind, whichever stage they come from.
    func all<Kind>(_ kind: Kind.Type) -> [Kind] { entries.compactMap { $0.findings as? Kind } }

    /// The prototypes that stages ask for, in the order of the stages.
    var tasks: [PrototypeTask] { all((any AsksForPrototypes).self).flatMap(\.tasks) }

    /// What the target of a prototype does on real images.
    func statistics(of target: Prototype.Target) -> LayerStatistics.Unit {
        let known = all((any AsksForPrototypes).self).lazy.compactMap { $0.statistics(of: target) }
        guard let found = known.first else { preconditionFailure("a prototype that no stage asked for") }
        return found
    }
}
