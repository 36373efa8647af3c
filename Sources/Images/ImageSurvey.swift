internal import Diagnostics

/// A look at some images of a data set, evenly chosen: which are turned, and which are of more than 8 bits.
struct ImageSurvey {
    /// The most images looked at.
    private static let most = 24

    private var looked = 0
    private var turned = 0
    /// By how they are stored.
    private var deep: [String: (count: Int, greatest: Int, bits: Int)] = [:]
    private let decoding: ImageDecoding

    init(of folder: ImageFolder) {
        decoding = folder.decoding
        let count = folder.items.count, chosen = min(count, Self.most)
        for position in 0..<chosen {
            // What cannot be read is found and named when its turn comes.
            guard let image = try? folder.stored(position * count / chosen) else { continue }
            looked += 1
            if image.orientation != .upright, !image.isTurnedAnyway { turned += 1 }
            guard let grey = image.deepGrey else { continue }
            let known = deep[grey.storage] ?? (0, 0, grey.bits)
            deep[grey.storage] = (known.count + 1, max(known.greatest, grey.greatest), grey.bits)
        }
    }

    var remarks: [String] {
        var remarks: [String] = []
        if turned > 0 {
            remarks.append(
                "\(turned) of \(looked) images looked at carry a note (EXIF, XMP) how to turn them and are set upright; torchvision's ImageFolder leaves them as stored: --orientation ignored")
        }
        guard decoding.greyBits == nil else { return remarks }
        for (storage, found) in deep.sorted(by: { $0.key < $1.key }) {
            let white = 1 << found.bits - 1
            var remark = "\(found.count) of \(looked) images looked at are grey of \(storage), values up to \(found.greatest): \(white) is taken as white"
            let used = max(8, Int.bitWidth - found.greatest.leadingZeroBitCount)
            if used < found.bits {
                remark += ", which leaves them dark; if only the lowest \(used) bits are used: --grey-bits \(used)" + (used == 8 ? ", which is as Pillow reads them" : "")
            } else if found.bits > 8 {
                remark += "; Pillow, and so torchvision's ImageFolder, takes all above 255 as white: --grey-bits 8"
            } else if found.greatest > 255 {
                remark += ", as by Pillow, and all above as well; --grey-bits \(min(used, 16)) shows more"
            } else if found.greatest <= 1 {
                remark += ", as by Pillow, which leaves them black; store them multiplied by 255"
            }
            remarks.append(remark)
        }
        return remarks
    }
}
