package msglog

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/wire"
)

func benchEntry(size int) *Entry {
	return &Entry{
		Seq: 1044, ID: "kx3f", Time: time.Now(), Audience: AudienceTopic, Topic: wire.GeneralTopic, Text: strings.Repeat("x", size),
		From: wire.Sender{UserID: "abc123", Name: "Ana Lima"},
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, size := range []int{20, 1000, wire.MaxMessage} {
		e := benchEntry(size)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				EncodeEntry(e)
			}
		})
	}
}

func BenchmarkMemory_Append(b *testing.B) {
	for _, n := range []int{1, 32} {
		b.Run(fmt.Sprint("group", n), func(b *testing.B) {
			l := NewMemory()
			b.ReportAllocs()
			for b.Loop() {
				group := make([]*Entry, n)
				for i := range group {
					group[i] = benchEntry(100)
					group[i].ID = ""
				}
				if _, err := l.Append(context.Background(), OfEntries(group...)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
