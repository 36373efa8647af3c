/// The sum of two values' products over all places of a channel: the derivative of a factor for every channel.
public enum ChannelProducts {
    /// Of `batch` blocked maps; what lies past the last channel is left out. Writes `channels` sums.
    public static func blocked(
        _ left: UnsafeMutablePointer<Float>, _ right: UnsafeMutablePointer<Float>, into sums: UnsafeMutablePointer<Float>, batch: Int,
        channels: Int, area: Int
    ) {
        let (a, b, blocks) = (left.lanes, right.lanes, Layout.blocks(channels))
        for block in 0..<blocks {
            var sum = Lane(repeating: 0)
            for image in 0..<batch {
                let base = (image * blocks + block) * area
                for place in base..<base + area { sum += a[place] * b[place] }
            }
            for lane in 0..<min(16, channels - block * 16) { sums[block * 16 + lane] = sum[lane] }
        }
    }

    /// Of row-major values, `outer x channels x inner`.
    public static func plain(
        _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float>, outer: Int, channels: Int,
        inner: Int
    ) {
        sums.update(repeating: 0, count: channels)
        for index in 0..<outer {
            for channel in 0..<channels {
                let begin = (index * channels + channel) * inner
                var sum: Float = 0
                for place in begin..<begin + inner { sum += left[place] * right[place] }
                sums[channel] += sum
            }
        }
    }
}
