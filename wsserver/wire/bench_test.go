package wire

import (
	"fmt"
	"strings"
	"testing"
)

func BenchmarkDecode(b *testing.B) {
	for _, size := range []int{20, 1000, MaxMessage} {
		frame := []byte(`{"action":"notify","id":"kx3f","topic":"general","message":"` + strings.Repeat("x", size) + `"}`)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(len(frame)))
			b.ReportAllocs()
			for b.Loop() {
				var r Request
				if _, err := DecodeRequest(frame, &r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
