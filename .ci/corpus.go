// Command corpus keeps of what fuzzing has found the inputs that reach code which
// neither the target's seeds nor the kept inputs reach:
//
//	go run .ci/corpus.go PACKAGE TARGET
//
// It goes from small inputs to large ones, and keeps a bounded number.
package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	maxInput  = 4 << 10 // bytes of an input
	maxCorpus = 64      // inputs of a target
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go run .ci/corpus.go PACKAGE TARGET")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(1)
	}
}

// collector finds out which inputs are worth keeping.
type collector struct {
	target  string
	binary  string          // the package's tests, which count what they cover
	scratch string          // a copy of the package's testdata, for what is tried
	covered map[string]bool // blocks
	room    int             // for inputs to keep
	kept    []input
}

type input struct {
	name string
	data []byte
}

func run(dir, target string) error {
	scratch, err := os.MkdirTemp("", "corpus")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	c := &collector{target: target, binary: filepath.Join(scratch, "package.test"), scratch: scratch, covered: make(map[string]bool)}
	if err := output(nil, "go", "test", "-c", "-cover", "-coverpkg", "./...", "-o", c.binary, dir); err != nil {
		return err
	}
	if err := copyTestdata(scratch, dir); err != nil {
		return err
	}
	corpus := filepath.Join(dir, "testdata", "fuzz", target)
	old, err := inputs(corpus)
	if err != nil {
		return err
	}
	c.room = maxCorpus - len(old)
	if _, err := c.try("", nil); err != nil { // the seeds, and what was kept before
		return err
	}
	found, err := c.found(dir, old)
	if err != nil {
		return err
	}
	for group := range slices.Chunk(found, 32) {
		if err := c.collect(group); err != nil {
			return err
		}
	}
	fmt.Printf("%s %s: %d inputs of %d found are kept, beside %d\n", dir, target, len(c.kept), len(found), len(old))
	return write(corpus, c.kept)
}

// collect keeps those of a group that cover something new.
func (c *collector) collect(group []input) error {
	if c.room == 0 {
		return nil
	}
	blocks, err := c.try("/^[0-9a-f]{16}$", group)
	if err != nil || len(blocks) == 0 {
		return err
	}
	if len(group) > 1 {
		if err := c.collect(group[:len(group)/2]); err != nil {
			return err
		}
		return c.collect(group[len(group)/2:])
	}
	c.cover(blocks)
	c.kept = append(c.kept, group[0])
	c.room--
	return nil
}

// try runs inputs, or what there is without them, and returns the blocks that are
// newly covered; those of the latter count as covered from then on.
func (c *collector) try(pattern string, list []input) ([]string, error) {
	corpus := filepath.Join(c.scratch, "testdata", "fuzz", c.target)
	if list != nil {
		if err := os.RemoveAll(corpus); err != nil {
			return nil, err
		}
		if err := write(corpus, list); err != nil {
			return nil, err
		}
	}
	profile := filepath.Join(c.scratch, "profile")
	cmd := exec.Command(c.binary, "-test.run", "^"+c.target+"$"+pattern, "-test.coverprofile", profile)
	cmd.Dir = c.scratch
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("an input fails: %w\n%s", err, out)
	}
	blocks, err := c.newBlocks(profile)
	if list == nil {
		c.cover(blocks)
	}
	return blocks, err
}

func (c *collector) cover(blocks []string) {
	for _, b := range blocks {
		c.covered[b] = true
	}
}

// newBlocks returns the blocks that ran for the first time: lines of a profile
// that do not end in a count of 0.
func (c *collector) newBlocks(profile string) (blocks []string, err error) {
	file, err := os.Open(profile)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		block, count, ok := strings.Cut(lines.Text(), " ")
		if ok && block != "mode:" && !strings.HasSuffix(count, " 0") && !c.covered[block] {
			blocks = append(blocks, block)
		}
	}
	return blocks, lines.Err()
}

// found returns what the fuzzer has found, small ones first, without those that
// are kept already.
func (c *collector) found(dir string, old []input) ([]input, error) {
	var cache, path strings.Builder
	if err := output(&cache, "go", "env", "GOCACHE"); err != nil {
		return nil, err
	}
	if err := output(&path, "go", "list", dir); err != nil {
		return nil, err
	}
	list, err := inputs(filepath.Join(strings.TrimSpace(cache.String()), "fuzz", strings.TrimSpace(path.String()), c.target))
	list = slices.DeleteFunc(list, func(in input) bool {
		return len(in.data) > maxInput || slices.ContainsFunc(old, func(o input) bool { return o.name == in.name })
	})
	slices.SortFunc(list, func(a, b input) int {
		return cmp.Or(cmp.Compare(len(a.data), len(b.data)), strings.Compare(a.name, b.name))
	})
	return list, err
}

// inputs returns the files of a directory, none if there is no such directory.
func inputs(dir string) (list []input, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		list = append(list, input{e.Name(), data})
	}
	return list, err
}

func write(dir string, list []input) error {
	if len(list) == 0 {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, in := range list {
		if err := os.WriteFile(filepath.Join(dir, in.name), in.data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// copyTestdata copies a package's testdata, which its seeds may come from.
func copyTestdata(to, dir string) error {
	from := filepath.Join(dir, "testdata")
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return os.CopyFS(filepath.Join(to, "testdata"), os.DirFS(from))
}

func output(out *strings.Builder, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	if out != nil {
		cmd.Stdout = out
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return nil
}
