/// The name of a layer turned round: `layer3.bn2.negated` has the values of `layer3.bn2` with their sign turned, so that what excites its
/// units is what inhibits those of `layer3.bn2`.
public enum NegatedLayer {
    private static let suffix = ".negated"

    public static func name(of layer: String) -> String { layer + suffix }

    /// The layer that `name` is the negative of; nil when it is none.
    public static func original(of name: String) -> String? {
        name.hasSuffix(suffix) && name.count > suffix.count ? String(name.dropLast(suffix.count)) : nil
    }
}
