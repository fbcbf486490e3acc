package admission

import "testing"

// People type digits on keyboards of any script, and copy the blank or dash with them.
func TestDigitsOf(t *testing.T) {
	for code, want := range map[string]string{
		"482913": "482913", " 482 913 ": "482913", "482-913": "482913", "482–913": "482913", "４８２９１３": "482913", "٤٨٢٩١٣": "482913", "000000": "000000",
		"४८२९१३": "482913", "4\u200b82913": "482913", "𝟒𝟖𝟐𝟗𝟏𝟑": "482913",
		"": "", "48291": "", "4829133": "", "48291a": "", "482.913": "", "+482913": "",
	} {
		if got, ok := ParseDigits(code); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v", code, got, ok)
		}
	}
}

func FuzzDigitsOf(f *testing.F) {
	for _, s := range []string{"482913", "482 913", "٤٨٢٩١٣", "K7QF-2M9X-HD4T-0123", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, code string) {
		digits, ok := ParseDigits(code)
		if again, fine := ParseDigits(digits); ok && (!fine || again != digits) {
			t.Fatalf("%q: %q, then %q", code, digits, again)
		}
	})
}
