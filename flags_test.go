package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"belfry/wsserver/cluster"
)

// A name is taken as people paste it, or refused with a sentence; an empty one never gets in.
func TestFlags_HostTakesWhatPeoplePaste(t *testing.T) {
	for _, row := range []struct {
		args     []string
		variable string
		want     string // "": refused
	}{
		{[]string{"-host", "http://Room.Example.:8000/"}, "", "room.example"},
		{[]string{"-host", "bücher.example", "-host", "pc"}, "", "xn--bcher-kva.example pc"},
		{nil, "a, ,b.example/,", "a b.example"},
		{[]string{"-host", "a"}, "*", "a"}, // a flag is stronger
		{[]string{"-host", ""}, "", ""},
		{[]string{"-host", "*"}, "", ""},
		{[]string{"-host", "*.example"}, "", ""},
		{[]string{"-host", "a b"}, "", ""},
		{[]string{"-host", "u:p@room.example"}, "", ""},
		{nil, "a,*", ""},
	} {
		o, err := parse(append(row.args, "-data", "memory"), variables(map[string]string{"BELFRY_HOST": row.variable}))
		switch {
		case err != nil && row.want != "":
			t.Errorf("%q, %q: %v", row.args, row.variable, err)
		case err == nil && strings.Join(o.hosts, " ") != row.want:
			t.Errorf("%q, %q: taken as %q", row.args, row.variable, o.hosts)
		case err != nil && !strings.HasPrefix(err.Error(), "-host "):
			t.Errorf("%q: refused with %q", row.args, err)
		}
	}
	if o, err := parse([]string{"-data", "memory"}, variables(map[string]string{"BELFRY_HOST": " , "})); err != nil || len(o.hosts) != 0 {
		t.Errorf("no names at all: %q, %v", o.hosts, err)
	}
}

func TestFlags_TrustedProxies(t *testing.T) {
	for value, want := range map[string]string{
		"10.0.0.0/8": "10.0.0.0/8", "10.0.0.1": "10.0.0.1/32", "[::1],loopback,": "::1/128 127.0.0.0/8 ::1/128", "::ffff:10.0.0.1": "10.0.0.1/32",
		"nginx": "", "10.0.0.1:80": "", "10.0.0.0/99": "", "*": "",
	} {
		o, err := parse([]string{"-data", "memory"}, variables(map[string]string{"BELFRY_TRUSTED_PROXY": value}))
		if err != nil {
			if want != "" || !strings.Contains(err.Error(), "is not a network: write it as") {
				t.Errorf("%q: %v", value, err)
			}
			continue
		}
		got := []string{}
		for _, n := range o.config(nil, nil, false).TrustedProxies {
			got = append(got, n.String())
		}
		if !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%q is read as %q", value, got)
		}
	}
}

// variables is an environment.
// All machines may be given one list, whatever each is called in it; a list in which this one cannot be found is refused with that.
func TestFlags_AMachineFindsItselfInTheList(t *testing.T) {
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key")
	if err := cluster.MakeKey(key); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ list, listen, others, listens, refused string }{
		{"b:6222,c:6222", ":6222", "b:6222 c:6222", ":6222", ""},
		{"127.0.0.1:6222,b:6222,c:6222", ":6222", "b:6222 c:6222", ":6222", ""}, // where b and c are elsewhere, they need another address
		{"127.0.0.1:6222,127.0.0.1:6223,127.0.0.1:6224", "127.0.0.1:6223", "127.0.0.1:6222 127.0.0.1:6224", "127.0.0.1:6223", ""},
		{"127.0.0.1:6222,127.0.0.1:6223,127.0.0.1:6224", ":6223", "127.0.0.1:6222 127.0.0.1:6224", "127.0.0.1:6223", ""},
		{strings.ToUpper(name) + ":6222,b:6222,c:6222", ":6222", "b:6222 c:6222", ":6222", ""},
		{"b:6222," + name + ":6223,c:6222", ":6222", "", "", "names 3 other machines, and none of the addresses is known to be this one's"},
		{"b:6222", ":6222", "", "", "names one other machine; "},
	} {
		o, err := parse([]string{"-data", t.TempDir(), "-cluster", row.list, "-cluster-listen", row.listen, "-cluster-key", key, "-cluster-node", "a"}, variables(nil))
		switch {
		case row.refused != "":
			if err == nil || !strings.Contains(err.Error(), row.refused) {
				t.Errorf("%s: %v", row.list, err)
			}
		case err != nil || strings.Join(o.cluster.peers, " ") != row.others || o.cluster.listen != row.listens:
			t.Errorf("%s at %s: %v, %v", row.list, row.listen, o, err)
		}
	}
}

func variables(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

// What cannot work is said at once, and names what is wrong.
func TestFlags_OfSeveralMachinesThatCannotWork(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	if err := cluster.MakeKey(key); err != nil {
		t.Fatal(err)
	}
	all := []string{"-cluster", "10.0.0.2:6222,10.0.0.3:6222", "-cluster-listen", ":6222", "-cluster-key", key, "-cluster-node", "a"}
	for _, row := range []struct {
		args []string
		want string // in the error; "": none
	}{
		{all, ""},
		{append(all, "-public-url", "https://room.example:8443/"), ""},
		{append(all, "-public-url", "http://[fd00::1]:8000"), ""},
		{append(all, "-public-url", "http://me:secret@room.example/"), "-public-url"},
		{append(all, "-public-url", "http://:80"), "-public-url"},
		{append(all, "-public-url", "http://room.example:99999"), "-public-url"},
		{append(all, "-public-url", "http://room.example/page"), "-public-url"},
		{append(all, "-addr", "127.0.0.1:6222"), "different ports"},
		{append(all, "-addr", "127.0.0.1:6222", "-cluster-witness"), ""},
		{append(all, "-cluster-listen", "10.0.0.1:8000"), "different ports"},
		{append(all, "-cluster-listen", "10.0.0.1:8000", "-addr", "127.0.0.1:8000"), ""},
		{append(all, "-cluster", "http://10.0.0.4:6222"), "nats://HOST:PORT"},
		{[]string{"-cluster", "10.0.0.1:6222", "-cluster-listen", "10.0.0.1:6222", "-cluster-key", key}, "no other machine;"},
		{[]string{"-cluster", "10.0.0.2:6222, 10.0.0.3:6222,", "-cluster-listen", "10.0.0.1:6222", "-cluster-key", key, "-cluster-node", "a"}, ""},
		{[]string{"-cluster", "[0:0::1]:6222,[::2]:6222,[::3]:6222", "-cluster-listen", "[::1]:6222", "-cluster-key", key, "-cluster-node", "a"}, ""},
	} {
		_, err := parse(append([]string{"-data", t.TempDir()}, row.args...), variables(nil))
		if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("%q: %v, want %q", row.args, err, row.want)
		}
	}
}
