package desktop

import "strings"

// PrepareWebKit sets the environment variables that WebKitGTK needs; call it before the web view is made. lookup and set
// are os.LookupEnv and os.Setenv.
func PrepareWebKit(lookup func(string) (string, bool), set func(key, value string) error) error {
	// With some graphics drivers the window stays blank otherwise. A value that is set, even 0, is kept.
	if _, isSet := lookup("WEBKIT_DISABLE_DMABUF_RENDERER"); !isSet {
		if err := set("WEBKIT_DISABLE_DMABUF_RENDERER", "1"); err != nil {
			return err
		}
	}
	// In the C locale navigator.language is "C", and Intl throws on it. LC_ALL overrides LANG.
	for _, key := range []string{"LC_ALL", "LANG"} {
		value, _ := lookup(key)
		if value == "" && key == "LC_ALL" {
			continue
		}
		if namesLanguage(value) {
			return nil
		}
		return set(key, "en_US.UTF-8")
	}
	return nil
}

// namesLanguage reports whether a locale names a language, as "", "C", "POSIX" and "C.UTF-8" do not.
func namesLanguage(locale string) bool {
	base, _, _ := strings.Cut(locale, ".")
	return base != "" && base != "C" && base != "POSIX"
}
