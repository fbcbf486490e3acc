package test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// The programs of docs/webhooks.md say yes to what is signed, and no to what is not.
func TestDocs_VerifyASignature(t *testing.T) {
	text, err := os.ReadFile("../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	const secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", `{"type":"test","room":"Saal ü"}`
	signer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	signed := func(at time.Time, what string) string {
		s, err := signer.Sign("evt_1", at, []byte(what))
		if err != nil {
			t.Fatal(err)
		}
		b, _ := json.Marshal(map[string]string{"webhook-id": "evt_1", "webhook-timestamp": fmt.Sprint(at.Unix()), "webhook-signature": s})
		return string(b)
	}
	for _, row := range []struct{ language, program, run string }{
		{"python", "python3", "\nimport json, sys\nprint(verify(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3].encode()))"},
		{"js", "node", "\nconsole.log(verify(process.argv[1], JSON.parse(process.argv[2]), process.argv[3]));"},
	} {
		code := regexp.MustCompile("(?s)```" + row.language + "\n(.*?)```").FindSubmatch(text)
		if code == nil {
			t.Fatalf("there is no program in %s", row.language)
		}
		if _, err := exec.LookPath(row.program); err != nil {
			t.Logf("%s is not checked: there is no %s", row.language, row.program)
			continue
		}
		option := map[string]string{"python": "-c", "js": "-e"}[row.language]
		for headers, want := range map[string]string{
			signed(time.Now(), body):                                           "true",
			signed(time.Now(), body+" "):                                       "false",
			signed(time.Now().Add(-10*time.Minute), body):                      "false",
			strings.Replace(signed(time.Now(), body), "v1,", "v1,AAAA v1,", 1): "true",
		} {
			out, err := exec.CommandContext(t.Context(), row.program, option, string(code[1])+row.run, secret, headers, body).CombinedOutput()
			if got := strings.ToLower(strings.TrimSpace(string(out))); err != nil || got != want {
				t.Errorf("%s: %s for %s: %v; want %s", row.language, out, headers, err, want)
			}
		}
	}
}
