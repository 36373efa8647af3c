public import Network

extension Workspace {
    /// Looks at `items`, as many at once as a batch of the plan has room for: `write` puts each where its image belongs in the input, the
    /// network runs forward, and `look` is called with those that went through, the first of them at slot 0. Images of an earlier batch
    /// that are left behind the last items are computed again.
    public func forEachBatch<Items: RandomAccessCollection>(
        of items: Items, write: (Items.Element, UnsafeMutablePointer<Float>) throws -> Void, look: (Items.SubSequence) throws -> Void
    ) throws {
        let image = plan.request.input.count
        var rest = items[...]
        while !rest.isEmpty {
            let part = rest.prefix(plan.request.batch)
            for (slot, item) in part.enumerated() { try write(item, input + slot * image) }
            try forward()
            try look(part)
            rest = rest.dropFirst(part.count)
        }
    }

    /// Repeats the first image in the slots from `count` on: a batch of one size runs the same code, whatever is in it.
    public func fillUp(from count: Int) {
        let image = plan.request.input.count
        for slot in count..<max(count, plan.request.batch) { (input + slot * image).update(from: input, count: image) }
    }
}
