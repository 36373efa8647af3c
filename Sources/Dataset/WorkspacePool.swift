import Foundation
public import Network

/// Workspaces of one plan for pieces of work that are done twice: one for each piece where memory allows, so that what the first time
/// left is there the second time; otherwise one for each thread.
public final class WorkspacePool: @unchecked Sendable {
    /// True when a piece finds its workspace as it left it.
    public let keepsEach: Bool
    private let plan: Plan
    private let lock = NSLock()
    private var ofPieces: [Int: Workspace] = [:]
    private var free: [Workspace] = []

    /// Each piece keeps its own if all of them take no more than `limit` bytes.
    public init(_ plan: Plan, pieces: Int, threads: Int, limit: Int) {
        self.plan = plan
        keepsEach = pieces <= max(1, threads) || plan.arenaBytes <= limit / pieces
    }

    /// One for each thread that asks.
    public convenience init(_ plan: Plan) { self.init(plan, pieces: .max, threads: 1, limit: 0) }

    /// The workspace for a piece, to be given back.
    public func take(_ piece: Int) throws -> Workspace {
        if let found = lock.withLock({ keepsEach ? ofPieces.removeValue(forKey: piece) : free.popLast() }) { return found }
        return try Workspace(plan)
    }

    public func giveBack(_ workspace: Workspace, _ piece: Int) {
        lock.withLock {
            if keepsEach { ofPieces[piece] = workspace } else { free.append(workspace) }
        }
    }
}
