/// What a person wants to know of the results of the offline part: JSON beside each.
enum OfflineSummary {
    struct Vocabulary: Encodable {
        let words: Int
        let rows: Int
        let iterations: Int
        let inertia: Double
        /// The mean squared distance of a row to its word.
        let inertiaPerRow: Double
        let unused: [Int]
        let counts: [Int]

        init(_ vocabulary: Training.Vocabulary) {
            words = vocabulary.words
            rows = vocabulary.rows
            iterations = vocabulary.iterations
            inertia = vocabulary.inertia
            inertiaPerRow = vocabulary.inertia / Double(max(1, vocabulary.rows))
            unused = vocabulary.unused
            counts = vocabulary.counts
        }
    }

    struct Discriminants: Encodable {
        let components: Int
        let eigenvalues: [Double]
        /// What each component has of the variance between classes.
        let shares: [Double]
        let rowsByClass: [String: Int]

        init(_ analysis: DiscriminantAnalysis, classNames: [String]) {
            components = analysis.components
            eigenvalues = analysis.eigenvalues
            shares = analysis.shares
            rowsByClass = Dictionary(zip(classNames, analysis.counts), uniquingKeysWith: +)
        }
    }

    struct SubClassTable: Encodable {
        struct Class: Encodable {
            let name: String
            let counts: [Int]
            let inertia: Double
            /// How many prototypes lie where another one of the class does.
            let repeated: Int
        }
        let perClass: Int
        let iterations: Int
        let classes: [Class]

        init(_ subClasses: SubClasses, classNames: [String]) {
            perClass = subClasses.perClass
            iterations = subClasses.iterations
            let size = subClasses.perClass, repeated = subClasses.repeated
            classes = classNames.enumerated().map {
                Class(
                    name: $1, counts: Array(subClasses.counts[$0 * size..<($0 + 1) * size]), inertia: subClasses.inertias[$0],
                    repeated: repeated[$0])
            }
        }
    }

    struct Scores: Encodable {
        struct Class: Encodable {
            let name: String
            /// By sub-class, the share of its rows that are nearest to itself, over all classes.
            let self_: [Float]
            /// By sub-class, the share of its rows that are nearest to some sub-class of its class.
            let ownClass: [Float]

            enum CodingKeys: String, CodingKey { case name, self_ = "self", ownClass }
        }
        /// Of all rows, the share that is nearest to its own sub-class.
        let diagonal: Double
        /// Of all rows, the share that is nearest to a sub-class of its class.
        let ownClass: Double
        let classes: [Class]

        init(_ scores: ScoreMatrix, _ subClasses: SubClasses, classNames: [String]) {
            let size = subClasses.perClass, own = scores.shareInClass(perClass: size), same = scores.diagonal
            let rows = Double(max(1, subClasses.counts.reduce(0, +)))
            func mean(_ shares: [Float]) -> Double {
                zip(shares, subClasses.counts).reduce(0) { $0 + Double($1.0) * Double($1.1) } / rows
            }
            diagonal = mean(same)
            ownClass = mean(own)
            classes = classNames.enumerated().map {
                let range = $0 * size..<($0 + 1) * size
                return Class(name: $1, self_: Array(same[range]), ownClass: Array(own[range]))
            }
        }
    }
}
