//go:build window

package window

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Each line is what a hostile page does by itself; EVIL is the address of a stranger's server, FILE that of a file.
const attempts = `location.href = 'EVIL/location'
location.replace('FILE')
open('EVIL/open')
open('EVIL/open-here', '_self')
open('EVIL/open-top', '_top')
open('wails://wails/second')
location = 'data:text/html,<h1>false dashboard</h1>'
location = URL.createObjectURL(new Blob(['<h1>false dashboard</h1>'], { type: 'text/html' }))
location = 'wails://evil/'
location = 'about:blank'
document.querySelector('#plain').click()
document.querySelector('#blank').click()
document.querySelector('#download').click()
document.querySelector('#get').submit()
document.querySelector('#post').submit()
document.body.append(Object.assign(document.createElement('iframe'), { src: 'EVIL/frame' }))
document.body.append(Object.assign(document.createElement('iframe'), { srcdoc: '<script>top.location = "EVIL/top"<\/script>' }))
document.body.append(Object.assign(document.createElement('object'), { data: 'EVIL/object', type: 'text/html' }))
document.head.append(Object.assign(document.createElement('meta'), { httpEquiv: 'refresh', content: '0;url=EVIL/refresh' }))
history.pushState(null, '', '#x'); history.back()
setTimeout("location = 'EVIL/later'", 100)`

const hostilePage = `<!doctype html><title>the page</title><meta http-equiv="refresh" content="1;url=EVIL/meta">
<h1><a id="plain" href="EVIL/plain">plain link</a></h1><p><a id="blank" target="_blank" href="EVIL/blank">blank link</a></p>
<p><a href="FILE">file link</a></p><a id="download" download href="EVIL/download">x</a>
<form id="get" action="EVIL/get"></form><form id="post" method="post" action="EVIL/post"></form>
<p id="state">begins</p><script>
const attempts = [ATTEMPTS];
(async () => {
	for (const attempt of attempts) {
		try { attempt(); } catch {}
		await new Promise((done) => setTimeout(done, 100));
	}
	document.querySelector('#state').textContent = 'all tried';
})();
</script>`

// TestView_GoesNowhereWithoutTheDashboardsHelp: a hostile page in the window's own place, under a real mouse. Its server
// hears nothing, the view shows nothing else, and only what a person clicked is handed on.
func TestView_GoesNowhereWithoutTheDashboardsHelp(t *testing.T) {
	evil, home := openStranger(t), t.TempDir()
	file := filepath.Join(home, "page.html")
	if err := os.WriteFile(file, []byte("<h1>false dashboard</h1>"), 0o600); err != nil {
		t.Fatal(err)
	}
	known := strings.NewReplacer("EVIL", evil.url, "FILE", "file://"+file)
	tries := "() => {" + strings.ReplaceAll(attempts, "\n", "}, () => {") + "}"
	page := known.Replace(strings.Replace(hostilePage, "ATTEMPTS", tries, 1))
	s := openScreen(t)
	d := &day{desktop: openDesktop(t, s.Display), screen: s, home: home}
	said := bare(t, s, page)

	await(t, "the page to try everything", func() (node, bool) { return d.screenText("all tried") })
	evil.heardNothing(t)
	for _, name := range []string{"plain link", "blank link", "file link"} {
		for _, b := range []string{"1", "2"} {
			s.click(t, d.find(t, link, name), b)
			s.click(t, d.find(t, link, name), b, "ctrl")
			s.click(t, d.find(t, link, name), b, "shift")
		}
	}
	onto := d.find(t, link, "plain link")
	s.dragged(t, "text/uri-list", "file://"+file+"\r\n", onto)
	s.dragged(t, "text/uri-list", evil.url+"/dropped\r\n", onto)
	s.dragged(t, "text/plain", evil.url+"/dropped", onto)

	// The browser's own menu over a link: open it, here and in a window of its own, keep it as a file.
	for _, down := range []int{1, 2, 3} {
		s.click(t, onto, "3")
		time.Sleep(300 * time.Millisecond) // GTK lets nobody see whether its menu takes keys already
		for range down {
			s.hand(t, "key", "Down")
		}
		s.hand(t, "key", "Return")
	}
	s.hand(t, "key", "alt+Left", "key", "alt+Right", "key", "F5")
	d.find(t, link, "plain link")
	if n, found := d.screenText("false dashboard"); found {
		t.Errorf("the view shows %q", n.text())
	}
	evil.heardNothing(t)
	followed := map[string]bool{}
	for _, line := range said() {
		address, isLink := strings.CutPrefix(line, "follow ")
		if isLink {
			followed[address] = true
		} else if line != "went to wails://wails/" && line != "went to wails://wails/#x" {
			t.Errorf("the view %s", line)
		}
	}
	if !followed[evil.url+"/plain"] || !followed[evil.url+"/blank"] || followed[evil.url+"/dropped"] {
		t.Errorf("followed %v: want the links that were clicked alone", followed)
	}
}

// bare starts the program of that name; said is what it has written so far.
func bare(t *testing.T, s screen, page string) (said func() []string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "bare")
	tags := "desktop"
	if exec.Command("pkg-config", "--exists", "webkit2gtk-4.1").Run() == nil {
		tags += ",webkit2_41"
	}
	if out, err := exec.Command("go", "build", "-tags", tags, "-o", program, "./bare").CombinedOutput(); err != nil {
		t.Fatalf("build the bare window: %v: %s", err, out)
	}
	c := exec.Command(program)
	c.Stdin = strings.NewReader(page)
	c.Env = append(os.Environ(), "DISPLAY="+s.Display, "WAYLAND_DISPLAY=", "GDK_BACKEND=x11", "WEBKIT_DISABLE_DMABUF_RENDERER=1")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1000)
	go func() {
		for scan := bufio.NewScanner(out); scan.Scan(); {
			lines <- scan.Text()
		}
	}()
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	return func() (all []string) {
		for {
			select {
			case line := <-lines:
				all = append(all, line)
			default:
				return all
			}
		}
	}
}
