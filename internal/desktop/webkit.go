package desktop

import "strings"

// PrepareWebKit sets what WebKitGTK needs from the environment, before it is started. lookup and set are the
// environment's.
func PrepareWebKit(lookup func(string) (string, bool), set func(key, value string) error) error {
	// With some graphics drivers the window stays blank otherwise. Whoever has set it, to 0 too, has chosen.
	if _, chosen := lookup("WEBKIT_DISABLE_DMABUF_RENDERER"); !chosen {
		if err := set("WEBKIT_DISABLE_DMABUF_RENDERER", "1"); err != nil {
			return err
		}
	}
	// In the C locale navigator.language is "C", at which Intl throws. LC_ALL goes before LANG.
	for _, key := range []string{"LC_ALL", "LANG"} {
		value, _ := lookup(key)
		if value == "" && key == "LC_ALL" {
			continue
		}
		if !noLanguage(value) {
			return nil
		}
		return set(key, "en_US.UTF-8")
	}
	return nil
}

// noLanguage reports whether a locale says nothing of a language: "", "C", "POSIX", "C.UTF-8".
func noLanguage(locale string) bool {
	base, _, _ := strings.Cut(locale, ".")
	return base == "" || base == "C" || base == "POSIX"
}
