import Glibc
import Images

/// A colour of a figure: sRGB, each part in [0, 1].
struct Colour: Hashable {
    var red, green, blue: Double

    static let white = Colour(0xFFFFFF)
    static let black = Colour(0x000000)

    init(red: Double, green: Double, blue: Double) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    init(_ hexadecimal: UInt32) {
        func part(_ shift: UInt32) -> Double { Double(hexadecimal >> shift & 0xFF) / 255 }
        self.init(red: part(16), green: part(8), blue: part(0))
    }

    init(_ colour: RGB) {
        self.init(red: Double(colour.red) / 255, green: Double(colour.green) / 255, blue: Double(colour.blue) / 255)
    }

    /// From Oklab's lightness in [0, 1], chroma and hue in turns (B. Ottosson, *A perceptual color space for image processing*, 2020).
    /// What sRGB cannot show is cut.
    init(lightness: Double, chroma: Double, hue: Double) {
        let a = chroma * cos(2 * .pi * hue)
        let b = chroma * sin(2 * .pi * hue)
        func cube(_ value: Double) -> Double { value * value * value }
        let l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b)
        let m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b)
        let s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b)
        func encoded(_ linear: Double) -> Double {
            let value = min(max(linear, 0), 1)
            return value <= 0.0031308 ? 12.92 * value : 1.055 * pow(value, 1 / 2.4) - 0.055
        }
        self.init(
            red: encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
            green: encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
            blue: encoded(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s))
    }

    /// Laid over white.
    func overWhite(opacity: Double) -> Colour {
        func mix(_ part: Double) -> Double { 1 + (part - 1) * opacity }
        return Colour(red: mix(red), green: mix(green), blue: mix(blue))
    }

    /// Black or white, whichever is easier to read on it (relative luminance of WCAG 2.2).
    var readable: Colour {
        func linear(_ part: Double) -> Double { part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4) }
        let luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
        return luminance > 0.179 ? .black : .white
    }

    /// `#rrggbb`.
    var text: String {
        func digits(_ part: Double) -> String {
            let value = UInt8((min(max(part, 0), 1) * 255).rounded())
            return (value < 16 ? "0" : "") + String(value, radix: 16)
        }
        return "#" + digits(red) + digits(green) + digits(blue)
    }
}
