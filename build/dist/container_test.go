//go:build dist

package dist

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// built makes the image, and returns a container of it with what is in it as a folder.
func built(t *testing.T) (container, dir string) {
	t.Helper()
	needsRoot(t, "look into an image")
	needs(t, "buildah")
	if said, err := exec.CommandContext(t.Context(), "buildah", "--storage-driver", "vfs", "images").CombinedOutput(); err != nil {
		t.Skipf("not checked: buildah does not work on this machine: %s", lastLines(string(said)))
	}
	build := exec.CommandContext(t.Context(), "make", "container")
	build.Dir = root
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	container = buildah(t, "from", "--pull-never", "localhost/belfry-server")
	t.Cleanup(func() {
		_ = exec.Command("buildah", "--storage-driver", "vfs", "rm", container).Run() //nolint:noctx // the folder goes
	})
	return container, buildah(t, "mount", container)
}

func buildah(t *testing.T, args ...string) string {
	t.Helper()
	return strings.TrimSpace(run(t, "buildah", append([]string{"--storage-driver", "vfs"}, args...)...))
}

// The server in it serves as nobody in particular, keeps its data in the volume, and knows how it is.
func TestContainer_ServesAndTellsItsHealth(t *testing.T) {
	container, dir := built(t)
	user := buildah(t, "inspect", "--format", "{{.Docker.Config.User}}", container)
	if user != "65532:65532" {
		t.Errorf("its user is %q", user)
	}
	check := strings.Fields(strings.Trim(buildah(t, "inspect", "--format", "{{.Docker.Config.Healthcheck.Test}}", container), "[]"))
	if len(check) < 2 || check[0] != "CMD" {
		t.Fatalf("its health check is %q", check)
	}
	inside := []string{"--userspec=" + user, dir}
	health := func() error { return exec.Command("chroot", slices.Concat(inside, check[1:])...).Run() } //nolint:noctx // it ends by itself
	//nolint:noctx // ended by stop
	s := serve(t, exec.Command("chroot", slices.Concat(inside, []string{"/belfry-server", "-data", "/data"})...))
	s.person("ana").Notify("1", "general", "said in a container")
	if err := health(); err != nil {
		t.Errorf("it serves, and its health check says %v", err)
	}
	s.stop()
	var exit *exec.ExitError
	if err := health(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("it has stopped, and its health check says %v", err)
	}
	if _, err := os.Stat(dir + "/data/log.db"); err != nil {
		t.Error(err)
	}
}

// podman on storage of its own, without systemd: its health check is asked for by hand.
func podman(store string, args ...string) *exec.Cmd {
	//nolint:noctx // each ends by itself
	return exec.Command("podman", append([]string{
		"--root", store + "/root", "--runroot", store + "/run", "--storage-driver", "vfs", "--runtime", "runc", "--cgroup-manager", "cgroupfs",
	}, args...)...)
}

// The file that a release has is loaded and run as docs/release.md says.
func TestContainer_UnderPodman(t *testing.T) {
	_, _ = built(t)
	needs(t, "podman", "runc")
	store := t.TempDir()
	t.Cleanup(func() { _ = podman(store, "rm", "-f", "-a").Run() }) // the folder goes
	if said, err := podman(store, "load", "-i", root+"/build/bin/dist/belfry-server.image.tar").CombinedOutput(); err != nil {
		t.Skipf("not checked: podman does not work on this machine: %s", lastLines(string(said)))
	}
	run := []string{"run", "--rm", "--network", "host", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"}
	// 125 and 126 are podman's own failures, 127 and all others the image's.
	said, err := podman(store, append(run, "localhost/belfry-server", "-version")...).CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && (exit.ExitCode() == 125 || exit.ExitCode() == 126):
		t.Skipf("not checked: this machine lets podman start no container: %s", lastLines(string(said)))
	case err != nil:
		t.Fatalf("%v\n%s", err, said)
	}
	s := serve(t, podman(store, append(run, "--name", "belfry", "localhost/belfry-server")...))
	s.person("ana").Notify("1", "general", "said under podman")
	if said, err := podman(store, "healthcheck", "run", "belfry").CombinedOutput(); err != nil {
		t.Errorf("it serves, and its health check says %v\n%s", err, said)
	}
	stopped := time.Now()
	if said, err := podman(store, "stop", "-t", "30", "belfry").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
	if err := s.cmd.Wait(); err != nil || time.Since(stopped) > 25*time.Second {
		t.Errorf("stopped by podman, it ended with %v after %v", err, time.Since(stopped))
	}
}
