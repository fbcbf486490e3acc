package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"belfry/wsserver/wire"
)

// Memory is the value of -data that keeps nothing.
const Memory = "memory"

// DataDir is the whole path of the data folder that -data names, or its variable; "" is that of the account. Memory stays
// Memory. The error is a sentence for a person.
func DataDir(data string, getenv func(string) string) (string, error) {
	switch {
	case data == Memory:
		return data, nil
	case strings.EqualFold(strings.TrimSpace(data), Memory):
		return "", fmt.Errorf("-data %q: write memory, in lower case, to keep nothing, or ./%s for a folder with that name", data, strings.TrimSpace(data))
	case data == "":
		dir, err := accountDir(getenv)
		if err != nil {
			return "", fmt.Errorf("your account has no folder that can be found, choose one with -data: %w", err)
		}
		data = dir
	}
	dir, err := filepath.Abs(data)
	if err != nil {
		return "", fmt.Errorf("-data %q cannot be found: %w", data, err)
	}
	return dir, nil
}

// accountDir is the data folder of the account.
func accountDir(getenv func(string) string) (string, error) {
	if d := getenv("LOCALAPPDATA"); runtime.GOOS == "windows" && filepath.IsAbs(d) {
		return filepath.Join(d, "Belfry"), nil
	}
	if d := getenv("XDG_DATA_HOME"); runtime.GOOS != "windows" && runtime.GOOS != "darwin" && filepath.IsAbs(d) {
		return filepath.Join(d, "belfry"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	if !filepath.IsAbs(home) {
		return "", fmt.Errorf("the home folder %q is not a full path", home)
	}
	switch runtime.GOOS {
	case "windows":
		return filepath.Join(home, "AppData", "Local", "Belfry"), nil
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "Belfry"), nil
	}
	return filepath.Join(home, ".local", "share", "belfry"), nil
}

// folder is the data folder of a verb, which must exist: a folder that was spelled wrong is not made.
func (c *call) folder(data string) (string, error) {
	if data == "" {
		data = c.getenv("BELFRY_DATA")
	}
	dir, err := DataDir(data, c.getenv)
	switch {
	case err != nil:
		return "", usageError{err.Error()}
	case dir == Memory:
		return "", wrongUsage("-data memory keeps nothing that another program could read: give the folder of a server")
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", &wire.Problem{Message: "There is no folder " + dir + ".", Hint: "Check the spelling of -data, or start Belfry once: it makes the folder."}
	case err != nil:
		return "", &wire.Problem{Message: fmt.Sprintf("Belfry cannot use %s: %s.", dir, wire.Reason(err)), Hint: "Run this as the account that runs Belfry."}
	case !info.IsDir():
		return "", &wire.Problem{Message: dir + " is a file, not a folder.", Hint: "Give the folder of a server with -data."}
	}
	return dir, nil
}
