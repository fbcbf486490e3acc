package desktop

import (
	"maps"
	"testing"
)

func TestPrepareWebKit(t *testing.T) {
	const dmabuf = "WEBKIT_DISABLE_DMABUF_RENDERER"
	for name, c := range map[string]struct{ have, want map[string]string }{
		"NothingSet":    {map[string]string{}, map[string]string{dmabuf: "1", "LANG": "en_US.UTF-8"}},
		"C":             {map[string]string{"LANG": "C"}, map[string]string{dmabuf: "1", "LANG": "en_US.UTF-8"}},
		"CInUTF8":       {map[string]string{"LANG": "C.UTF-8"}, map[string]string{dmabuf: "1", "LANG": "en_US.UTF-8"}},
		"LanguageKept":  {map[string]string{"LANG": "de_DE.UTF-8"}, map[string]string{dmabuf: "1", "LANG": "de_DE.UTF-8"}},
		"AllGoesFirst":  {map[string]string{"LANG": "de_DE.UTF-8", "LC_ALL": "POSIX"}, map[string]string{dmabuf: "1", "LANG": "de_DE.UTF-8", "LC_ALL": "en_US.UTF-8"}},
		"AllSaysEnough": {map[string]string{"LANG": "C", "LC_ALL": "fr_FR"}, map[string]string{dmabuf: "1", "LANG": "C", "LC_ALL": "fr_FR"}},
		"ChosenKept":    {map[string]string{dmabuf: "0", "LANG": "fr_FR"}, map[string]string{dmabuf: "0", "LANG": "fr_FR"}},
	} {
		t.Run(name, func(t *testing.T) {
			env := maps.Clone(c.have)
			lookup := func(k string) (string, bool) { v, ok := env[k]; return v, ok }
			set := func(k, v string) error { env[k] = v; return nil }
			if err := PrepareWebKit(lookup, set); err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(env, c.want) {
				t.Errorf("environment is %v, want %v", env, c.want)
			}
		})
	}
}
