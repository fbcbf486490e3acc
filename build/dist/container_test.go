//go:build dist

package dist

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The image is built, and the server in it serves as nobody in particular and keeps its data in the volume.
func TestContainer_Serves(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("not checked: looking into an image needs root")
	}
	build := exec.CommandContext(t.Context(), "make", "container")
	build.Dir = root
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	buildah := func(args ...string) string {
		t.Helper()
		return strings.TrimSpace(run(t, "buildah", append([]string{"--storage-driver", "vfs"}, args...)...))
	}
	container := buildah("from", "--pull-never", "localhost/belfry-server")
	t.Cleanup(func() {
		_ = exec.Command("buildah", "--storage-driver", "vfs", "rm", container).Run() //nolint:noctx // the folder goes
	})
	dir := buildah("mount", container)
	user := buildah("inspect", "--format", "{{.OCIv1.Config.User}}", container)
	if user != "65532:65532" {
		t.Errorf("its user is %q", user)
	}
	//nolint:noctx // ended by stop
	s := serve(t, exec.Command("chroot", "--userspec="+user, dir, "/belfry-server", "-data", "/data"))
	s.person("ana").Notify("1", "general", "said in a container")
	s.stop()
	if _, err := os.Stat(dir + "/data/log.db"); err != nil {
		t.Error(err)
	}
}
