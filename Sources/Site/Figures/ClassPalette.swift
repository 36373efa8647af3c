import Glibc

/// A colour and a mark for every class: never the colour alone.
struct ClassPalette {
    let classes: Int

    /// Ten colours that people with and without deficient colour vision tell apart (M. A. Petroff, *Accessible Color Sequences for Data
    /// Visualization*, 2021).
    private static let ten = [
        0x3F90DA, 0xFFA90E, 0xBD1F01, 0x94A4A2, 0x832DB6, 0xA96B59, 0xE76300, 0xB9AC70, 0x717581, 0x92DADD,
    ].map { Colour(UInt32($0)) }

    /// Of templates that no class is known of.
    static let unknown = Colour(0x767676)

    /// Up to ten classes have ten colours; beyond, hues in the order of classes, neighbours of different lightness.
    func colour(_ index: Int?) -> Colour {
        guard let index, index >= 0, index < max(classes, 1) else { return Self.unknown }
        if classes <= Self.ten.count { return Self.ten[index] }
        return Colour(lightness: [0.55, 0.75, 0.65][index % 3], chroma: 0.13, hue: Double(index) / Double(classes))
    }

    /// Outlines of one size around a point, told apart without colour.
    enum Mark: Int, CaseIterable {
        case disc, square, triangle, diamond, cross, pentagon, tip, star, bar, plank

        /// The corners; nil for the disc.
        func corners(x: Double, y: Double, radius: Double) -> [Scene.Point]? {
            func regular(_ count: Int, turn: Double, inner: Double = 1) -> [Scene.Point] {
                (0..<count).map {
                    let angle = 2 * .pi * (Double($0) / Double(count) + turn)
                    let length = radius * 1.15 * ($0 % 2 == 1 ? inner : 1)
                    return Scene.Point(x: x + length * sin(angle), y: y - length * cos(angle))
                }
            }
            func box(_ width: Double, _ height: Double) -> [Scene.Point] {
                [(-1.0, -1.0), (1, -1), (1, 1), (-1, 1)].map { Scene.Point(x: x + $0.0 * width * radius, y: y + $0.1 * height * radius) }
            }
            switch self {
            case .disc: return nil
            case .square: return box(0.85, 0.85)
            case .triangle: return regular(3, turn: 0)
            case .tip: return regular(3, turn: 0.5)
            case .diamond: return regular(4, turn: 0)
            case .pentagon: return regular(5, turn: 0)
            case .star: return regular(10, turn: 0, inner: 0.45)
            case .bar: return box(0.4, 1.1)
            case .plank: return box(1.1, 0.4)
            case .cross:
                let arm = 0.35
                return [
                    (-arm, -1.0), (arm, -1), (arm, -arm), (1, -arm), (1, arm), (arm, arm), (arm, 1), (-arm, 1), (-arm, arm), (-1, arm),
                    (-1, -arm), (-arm, -arm),
                ].map { Scene.Point(x: x + $0.0 * radius, y: y + $0.1 * radius) }
            }
        }
    }

    func mark(_ index: Int?) -> Mark {
        guard let index, index >= 0 else { return .disc }
        return Mark(rawValue: index % Mark.allCases.count) ?? .disc
    }

    /// The mark of a class at a place of a scene.
    func draw(_ index: Int?, in scene: inout Scene, x: Double, y: Double, radius: Double, hint: String? = nil) {
        let paint = Scene.Paint.colour(colour(index))
        if let corners = mark(index).corners(x: x, y: y, radius: radius) {
            scene.add(.polygon(corners, paint, hint: hint))
        } else {
            scene.add(.disc(Scene.Point(x: x, y: y), radius: radius, paint, hint: hint))
        }
    }

    /// The class's mark on a ground of its colour, for legends.
    func swatch(_ index: Int?) -> Scene {
        var scene = Scene(width: 14, height: 14)
        draw(index, in: &scene, x: 7, y: 7, radius: 5.5)
        return scene
    }
}
