package codec

import "fmt"

// DefaultLevel asks for the default level of a codec: for lz4 the fast
// compressor, for zstd level 3, for gzip the default of the library, a trade
// between speed and size as zlib's 6 is.
const DefaultLevel = 0

// levels are the compression levels that Kafka accepts (KIP-390).
type levels struct{ min, max, byDefault int }

var levelsOf = map[Codec]levels{
	Gzip:      {1, 9, -1},
	LZ4:       {1, 17, 9},
	LZ4Legacy: {1, 17, 9},
	Zstd:      {-131072, 22, 3},
}

// resolveLevel returns the level to use for the one that was asked for.
func resolveLevel(c Codec, level int) (int, error) {
	known, ok := levelsOf[c]
	switch {
	case !ok && level == DefaultLevel:
		return DefaultLevel, nil
	case !ok:
		return 0, fmt.Errorf("codec: %s has no compression levels: leave level %d out", c, level)
	case level == DefaultLevel || level == known.byDefault:
		return known.byDefault, nil
	case level < known.min || level > known.max:
		return 0, fmt.Errorf("codec: %s compression level %d is out of range: want %d to %d, or %d for the default (%d)",
			c, level, known.min, known.max, DefaultLevel, known.byDefault)
	}
	return level, nil
}
