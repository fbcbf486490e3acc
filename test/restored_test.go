package test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"belfry/wsserver/wstest"
)

// This file tests a data folder that was copied with cp -r, and put back.

// say notifies as Ana's programs do, and returns what was said.
func say(t *testing.T, c *wstest.Client, texts ...string) {
	t.Helper()
	for _, text := range texts {
		c.Notify(text, "general", text)
	}
}

// comesBack is what a page is sent that knew the log of that epoch up to since.
func comesBack(t *testing.T, p *program, epoch string, since uint64) (texts []string, f wstest.Frame) {
	t.Helper()
	missed, f := p.device().Return("bo", tokenOf("bo"), epoch, since, "general")
	for _, m := range missed {
		if m.Type == "message" {
			texts = append(texts, m.Message)
		}
	}
	return texts, f
}

func wantBack(t *testing.T, p *program, epoch string, since uint64, gone bool, want ...string) {
	t.Helper()
	texts, f := comesBack(t, p, epoch, since)
	if !slices.Equal(texts, want) || f.Complete == gone || f.Gone != gone || f.Epoch == epoch {
		t.Errorf("since %d it is sent %q, ended by %s; want %q, gone %v", since, texts, f.Text, want, gone)
	}
}

// An older copy of the folder is put back: who knows more than it does is told that it is another log, and sent all of it;
// who was away since before is told nothing of the kind.
func TestRestored_WhoKnowsMoreIsTold(t *testing.T) {
	t.Parallel()
	for name, running := range map[string]bool{"stopped": false, "running": true} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t)
			p.start()
			first := p.device().HelloAs("bo", tokenOf("bo"), "general").Epoch
			ana := p.person("ana")
			say(t, ana, "kept 0", "kept 1", "kept 2")
			if !running {
				p.kill()
			}
			kept := filepath.Join(t.TempDir(), "copy")
			if err := os.CopyFS(kept, os.DirFS(p.dir)); err != nil {
				t.Fatal(err)
			}
			if !running {
				p.start()
				ana = p.person("ana")
			}
			second := p.device().HelloAs("bo", tokenOf("bo"), "general").Epoch
			say(t, ana, "lost 0", "lost 1", "lost 2", "lost 3", "lost 4")
			p.kill()

			for _, round := range []string{"restored", "restored again"} {
				if err := os.RemoveAll(p.dir); err != nil {
					t.Fatal(err)
				}
				if err := os.CopyFS(p.dir, os.DirFS(kept)); err != nil {
					t.Fatal(err)
				}
				p.start()
				all := []string{"kept 0", "kept 1", "kept 2", "new 0", "new 1", "new 2", "new 3", "new 4", "new 5", "new 6"}
				say(t, p.person("ana"), all[3:]...)
				wantBack(t, p, second, 8, true, all...)
				wantBack(t, p, second, 4, true, all...)
				if running { // else the copy was made before that run began
					wantBack(t, p, second, 3, false, all[3:]...)
				}
				wantBack(t, p, first, 3, false, all[3:]...)
				wantBack(t, p, first, 1, false, all[1:]...)
				if t.Failed() {
					t.Fatal(round)
				}
				// From then on it is the log as ever, over a start too.
				now := p.device().HelloAs("bo", tokenOf("bo"), "general").Epoch
				p.kill()
				p.start()
				wantBack(t, p, now, 10, false)
				wantBack(t, p, second, 8, true, all...)
				p.kill()
			}
		})
	}
}

// Nobody is sent anything twice because the program was started again, however often.
func TestRestored_OrdinaryStartsAreNone(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start()
	epochs := []string{p.device().HelloAs("bo", tokenOf("bo"), "general").Epoch}
	say(t, p.person("ana"), "1", "2")
	for range 3 {
		p.kill()
		p.start()
		for _, epoch := range epochs {
			wantBack(t, p, epoch, 2, false)
		}
		epochs = append(epochs, p.device().HelloAs("bo", tokenOf("bo"), "general").Epoch)
	}
	say(t, p.person("ana"), "3")
	for _, epoch := range epochs[:3] {
		wantBack(t, p, epoch, 2, false, "3")
	}
}
