package codec_test

import (
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/barnabas-go/kafka/codec"
)

func Example() {
	compressor, err := codec.NewCompressor(codec.LZ4, codec.DefaultLevel)
	if err != nil {
		log.Fatal(err)
	}
	records := []byte(strings.Repeat("a record ", 1000))
	compressed, err := compressor.Append(nil, records[:5000], records[5000:])
	if err != nil {
		log.Fatal(err)
	}

	plain, err := codec.Decompress(nil, compressor.Codec(), compressed, 1<<20)
	fmt.Println(len(plain), err)

	_, err = codec.Decompress(nil, compressor.Codec(), compressed, 1000)
	fmt.Println(errors.Is(err, codec.ErrTooLarge), err)
	// Output:
	// 9000 <nil>
	// true codec: lz4: decompressed data is too large: more than the limit of 1000 bytes
}
